"""Keep the job queue in the ledger: the next queued job of a lane, and running jobs whose worker is gone.

The broker's messages only say that there is work. Within a lane the units take turns, so that a unit that submits
five hundred files does not delay the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, select, update

from storage.changes import JobChanges
from storage.database import Database
from storage.lease_names import JOBS, job_lease
from storage.leases import take
from storage.locks import live, lock
from storage.outbox import enter_outbox
from storage.records import Job
from storage.rows import job_of, stamped
from storage.schema import jobs, leases, turns
from storage.words import enter_words

_AT_ONCE = 500  # rows that one pass of the sweeper reads
_TRIES = 8  # attempts of one claim while other workers are faster


class JobQueue:
    """The job queue of a ledger; every change here is one transaction."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def claim(self, lanes: Sequence[str], holder: str, seconds: float) -> tuple[Job, int] | None:
        """Claim the next job of these lanes and return it, now `running`, with the token of its lease.

        Earlier lanes come first. Returns None if no job is due.
        """
        for _ in range(_TRIES):
            with self._db.begin() as connection:
                if connection.execute(self._next(lanes)).scalar_one_or_none() is None:
                    return None
                lock(self._db, connection, "line")  # without the lock all workers would see the same job
                job_id = connection.execute(self._next(lanes)).scalar_one_or_none()
                if job_id is None:
                    return None
                taken = self._take_up(connection, job_id, holder, seconds)
            if taken:
                return taken
        return None

    def _take_up(self, connection: Connection, job_id: str, holder: str, seconds: float) -> tuple[Job, int] | None:
        """Claim this job; return None if another worker was faster or the job has been cancelled meanwhile."""
        token = take(self._db, connection, job_lease(job_id), holder, seconds)
        if token is None:
            return None
        changing = update(jobs).where(jobs.c.id == job_id, jobs.c.state == "queued")
        started = changing.values(**stamped(self._db, {"state": "running", "code": ""}), attempts=jobs.c.attempts + 1)
        row = connection.execute(started.returning(*jobs.columns)).one_or_none()
        if row is None:
            connection.execute(update(leases).where(*live(self._db, job_lease(job_id), token)).values(expires=0.0))
            return None
        self._count_turn(connection, row.lane, row.unit)
        return job_of(row), token

    def _next(self, lanes: Sequence[str]) -> Select[str]:
        of_its_unit = and_(turns.c.lane == jobs.c.lane, turns.c.unit == jobs.c.unit)
        rank = case({lane: number for number, lane in enumerate(lanes)}, value=jobs.c.lane)
        return (
            select(jobs.c.id)
            .select_from(jobs.outerjoin(turns, of_its_unit))
            .where(jobs.c.state == "queued", jobs.c.lane.in_(lanes), jobs.c.due <= self._db.now, ~self._leased())
            .order_by(rank, func.coalesce(turns.c.served, 0.0), jobs.c.created, jobs.c.id)
            .limit(1)
        )

    def _count_turn(self, connection: Connection, lane: str, unit: str) -> None:
        turn = self._db.insert(turns).values(lane=lane, unit=unit, served=self._db.now)
        connection.execute(
            turn.on_conflict_do_update(index_elements=[turns.c.lane, turns.c.unit], set_={"served": self._db.now})
        )

    def due(self, lane: str, most: int) -> list[str]:
        """Return the ids of at most `most` jobs of a lane that could be claimed now."""
        waiting = select(jobs.c.id).where(jobs.c.state == "queued", jobs.c.lane == lane, jobs.c.due <= self._db.now)
        with self._db.begin() as connection:
            return list(connection.execute(waiting.limit(most)).scalars())

    def abandoned(self) -> list[Job]:
        """Return running jobs without a lease: their worker died, or could not reach the ledger for too long."""
        with self._db.begin() as connection:
            stuck = select(jobs).where(jobs.c.state == "running", ~self._leased()).limit(_AT_ONCE)
            return [job_of(row) for row in connection.execute(stuck).all()]

    def give_back(self, job_id: str, *, wait: float = 0.0, **changes: Unpack[JobChanges]) -> Job | None:
        """Change a running job that has no lease; return None if it has one after all, or is not running.

        `wait`: seconds before the job may be claimed.
        """
        abandoned = jobs.c.id == job_id, jobs.c.state == "running", ~self._leased()
        with self._db.begin() as connection:
            lock(self._db, connection, job_lease(job_id))  # no worker claims the job meanwhile
            changing = update(jobs).where(*abandoned).values(**stamped(self._db, changes, wait))
            row = connection.execute(changing.returning(*jobs.columns)).one_or_none()
            if row:
                enter_outbox(self._db, connection, row)
                enter_words(self._db, connection, row)
        return job_of(row) if row else None

    def hand_back(self, holder: str) -> list[Job]:
        """Queue all jobs that this holder runs again, release its leases and return the jobs.

        The run counts neither as an attempt nor as a death.
        """
        mine = leases.c.holder == holder, leases.c.expires > self._db.now
        with self._db.begin() as connection:
            names = connection.execute(select(leases.c.name).where(*mine).with_for_update()).scalars().all()
            ids = [name.removeprefix(JOBS) for name in names if name.startswith(JOBS)]
            again = stamped(self._db, {"state": "queued", "stage": "", "speed": 0.0})
            changing = update(jobs).where(jobs.c.id.in_(ids), jobs.c.state == "running")
            done = changing.values(**again, attempts=jobs.c.attempts - 1).returning(*jobs.columns)
            back = [job_of(row) for row in connection.execute(done).all()]
            # A recipe's lease keeps its end time, so that the sweeper finds the half-made publication by it.
            ended = case((leases.c.name.startswith(JOBS), 0.0), else_=self._db.now)
            connection.execute(update(leases).where(leases.c.name.in_(names), *mine).values(expires=ended))
        return back

    def unsent(self, seconds: float) -> list[str]:
        """Return the ids of submissions announced more than `seconds` ago whose bytes have not arrived."""
        old = select(jobs.c.id).where(jobs.c.state == "received", jobs.c.updated < self._db.now - seconds)
        with self._db.begin() as connection:
            return list(connection.execute(old.limit(_AT_ONCE)).scalars())

    def counts(self) -> list[tuple[str, str, int, float]]:
        """Return one row per state and lane: state, lane, number of jobs, and the longest time in it in seconds."""
        since = case((jobs.c.state == "running", jobs.c.started), else_=jobs.c.updated)
        age = self._db.now - func.min(since)
        query = select(jobs.c.state, jobs.c.lane, func.count(), age).group_by(jobs.c.state, jobs.c.lane)
        with self._db.begin() as connection:
            rows = connection.execute(query.order_by(jobs.c.state, jobs.c.lane)).all()
        return [(row[0], row[1], int(row[2]), float(row[3])) for row in rows]

    def _leased(self) -> ColumnElement[bool]:
        return exists().where(*live(self._db, JOBS + jobs.c.id))
