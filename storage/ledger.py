"""Who did what, on SQLite or PostgreSQL (SQLAlchemy Core): jobs and the asset index; by its parts, all the rest.

A job is changed by its worker only under a lease with a rising token: a worker that lost its lease changes nothing.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import TypeVar, Unpack

from sqlalchemy import ColumnElement, and_, select, update

from storage.changes import JobChanges, JobFields
from storage.custody import Custody, append
from storage.database import Database
from storage.edits import EditRecords
from storage.job_queue import JobQueue
from storage.keyring import Keyring
from storage.lease_names import job_lease
from storage.leases import LeaseLost, Leases
from storage.locks import live, lock
from storage.outbox import Outbox, enter_outbox
from storage.prints import Prints
from storage.records import FINAL, Asset, Job
from storage.reservations import Reservations
from storage.rows import job_of, stamped
from storage.schema import assets, jobs, leases
from storage.tallies import Tallies

_Value = TypeVar("_Value")


class Ledger:
    """All state. The queue may be lost: it is refilled from here."""

    def __init__(self, url: str) -> None:
        self._db = Database(url)
        self.keys = Keyring(self._db)
        self.leases = Leases(self._db)
        self.queue = JobQueue(self._db)
        self.reservations = Reservations(self._db)
        self.outbox = Outbox(self._db)
        self.custody = Custody(self._db)
        self.tallies = Tallies(self._db)
        self.prints = Prints(self._db)
        self.edits = EditRecords(self._db)

    def close(self) -> None:
        """Let go of its connections; the next call makes new ones."""
        self._db.engine.dispose()

    def together(self) -> AbstractContextManager[None]:
        """What is asked and written within the block is one transaction: all of it, or nothing."""
        return self._db.together()

    # --- jobs -----------------------------------------------------------------------------------------------

    def create(self, *, name: str, programme: str, **fields: Unpack[JobFields]) -> Job:
        """A new job in state `received`. What no database keeps (NUL, bytes that were no UTF-8) becomes U+FFFD."""
        row = {"id": uuid.uuid4().hex, "state": "received", "name": name, "programme": programme, **fields}
        row = {column: _storable(value) for column, value in row.items()}
        with self._db.begin() as connection:
            stamped = jobs.insert().values(**row, created=self._db.now, updated=self._db.now)
            return job_of(connection.execute(stamped.returning(*jobs.columns)).one())

    def job(self, job_id: str) -> Job | None:
        """The job as it is now, or None."""
        with self._db.begin() as connection:
            row = connection.execute(select(jobs).where(jobs.c.id == job_id)).one_or_none()
        return job_of(row) if row else None

    def receive(self, job_id: str, original: str, size: int, lane: str) -> Job | None:
        """The bytes of a submission are in the store: it is queued, and its chain says so; None where it was before."""
        changes: JobChanges = {"state": "queued", "original": original, "size": size, "lane": lane}
        changing = update(jobs).where(jobs.c.id == job_id, jobs.c.state == "received")
        with self._db.begin() as connection:
            done = changing.values(**stamped(self._db, changes)).returning(*jobs.columns)
            row = connection.execute(done).one_or_none()
            if row:
                append(self._db, connection, original, "received", job_id, {"size": size})
        return job_of(row) if row else None

    def find(
        self,
        *,
        states: Sequence[str] = (),
        programme: str = "",
        unit: str = "",
        submitter: str = "",
        since: str = "",
        until: str = "",
        pair: str = "",
        limit: int = 1000,
    ) -> list[Job]:
        """Jobs, newest first. `since` and `until` are ISO days of the event, both included."""
        wanted = [
            jobs.c.state.in_(states) if states else None,
            jobs.c.programme == programme if programme else None,
            jobs.c.unit == _storable(unit) if unit else None,
            jobs.c.submitter == submitter if submitter else None,
            jobs.c.pair == _storable(pair) if pair else None,
            jobs.c.date >= since if since else None,
            and_(jobs.c.date <= until, jobs.c.date != "") if until else None,
        ]
        query = select(jobs).where(*(w for w in wanted if w is not None))
        with self._db.begin() as connection:
            rows = connection.execute(query.order_by(jobs.c.created.desc(), jobs.c.id).limit(limit)).all()
        return [job_of(row) for row in rows]

    def move(
        self, job_id: str, states: Sequence[str], *, wait: float = 0.0, **changes: Unpack[JobChanges]
    ) -> Job | None:
        """Change a job that nobody runs, if it is in one of `states`; None where it is not.

        `wait`: seconds before it may be taken up.
        """
        changing = update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(states))
        with self._db.begin() as connection:
            done = changing.values(**stamped(self._db, changes, wait)).returning(*jobs.columns)
            row = connection.execute(done).one_or_none()
            if row:
                enter_outbox(self._db, connection, row)
        return job_of(row) if row else None

    def advance(self, job_id: str, token: int, *, wait: float = 0.0, **changes: Unpack[JobChanges]) -> Job:
        """Change a job under its lease, as `move` does. Raises LeaseLost where `token` is no longer the one."""
        # Locked to the end of the transaction: nobody takes the lease over between this look and the change.
        held = select(leases.c.name).where(*live(self._db, job_lease(job_id), token)).with_for_update(read=True)
        # Nor does a token bring back what has ended.
        changing = update(jobs).where(*_going(job_id)).values(**stamped(self._db, changes, wait))
        with self._db.begin() as connection:
            found = connection.execute(held).one_or_none()
            row = connection.execute(changing.returning(*jobs.columns)).one_or_none() if found else None
            if row:
                enter_outbox(self._db, connection, row)
        if row is None:
            raise LeaseLost(f"job {job_id}: token {token} is no longer valid")
        return job_of(row)

    def cancel(self, job_id: str, **changes: Unpack[JobChanges]) -> Job | None:
        """End a job that has not ended, whoever runs it: its lease is taken away with the same stroke."""
        changing = update(jobs).where(*_going(job_id))
        taking = update(leases).where(leases.c.name == job_lease(job_id)).values(expires=0.0)
        with self._db.begin() as connection:
            lock(self._db, connection, job_lease(job_id))  # nobody takes the job up meanwhile
            done = changing.values(**changes, state="cancelled", updated=self._db.now).returning(*jobs.columns)
            row = connection.execute(done).one_or_none()
            if row:
                connection.execute(taking)
                enter_outbox(self._db, connection, row)
        return job_of(row) if row else None

    def note(self, job_id: str, finding: dict[str, str]) -> None:
        """Tell a published job something new, in place of what it was told under the same code."""
        ended = jobs.c.id == job_id, jobs.c.state == "published"
        with self._db.begin() as connection:
            before = connection.execute(select(jobs.c.findings).where(*ended).with_for_update()).scalar_one_or_none()
            if before is not None:
                findings = [*(one for one in before if one["code"] != finding["code"]), finding]
                connection.execute(update(jobs).where(*ended).values(findings=findings))

    # --- assets ---------------------------------------------------------------------------------------------

    def index(self, rows: Iterable[Asset]) -> None:
        """Enter published outputs; the same key twice is the same output."""
        entered = [asdict(row) for row in rows]
        if entered:
            with self._db.begin() as connection:
                connection.execute(self._db.insert(assets).on_conflict_do_nothing(), entered)

    def assets(self, manifests: Sequence[str]) -> list[Asset]:
        """Everything published under these manifests, by name."""
        query = select(assets).where(assets.c.manifest.in_(manifests)).order_by(assets.c.manifest, assets.c.name)
        with self._db.begin() as connection:
            return [Asset(**row._mapping) for row in connection.execute(query).all()]


def _going(job_id: str) -> tuple[ColumnElement[bool], ...]:
    return jobs.c.id == job_id, jobs.c.state.not_in(FINAL)


def _storable(value: _Value) -> _Value | str:
    return re.sub("[\0\ud800-\udfff]", "\ufffd", value) if isinstance(value, str) else value
