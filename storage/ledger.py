"""Keep the state of the installation in SQLite or PostgreSQL (SQLAlchemy Core): jobs, assets, and the other parts.

A worker changes its job only under a lease with a rising token: a worker that has lost its lease changes nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Any, Unpack

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, select, update

from storage.accounts import Accounts
from storage.batches import BatchBook
from storage.bursts import Bursts
from storage.changes import JobChanges, JobFields, Selection
from storage.codes import enter_codes
from storage.custody import Custody, append
from storage.database import Database
from storage.edits import EditRecords
from storage.figures import FigureBook
from storage.hazards import HazardBook
from storage.job_queue import JobQueue
from storage.keyring import Keyring
from storage.lease_names import job_lease
from storage.leases import LeaseLost, Leases
from storage.locks import live, lock
from storage.outbox import Outbox, enter_outbox
from storage.packages import Packages
from storage.prints import Prints
from storage.records import ENDED, FINAL, Asset, Job, RecordedFinding
from storage.reports import ReportBook
from storage.reservations import Reservations
from storage.reviews import Reviews
from storage.rows import findings_of, job_of, rows_of, stamped
from storage.schema import assets, jobs, leases
from storage.search import Countable, conditions, counting, ordering
from storage.searches import Searches
from storage.tallies import Tallies
from storage.texts import storable
from storage.wanted_edits import WantedEdits
from storage.words import enter_words

_MOST = 1000  # jobs of a list where no limit is given


class Ledger:
    """The ledger: all state of an installation. The broker's messages may be lost; they are made again from here."""

    def __init__(self, url: str) -> None:
        self._db = Database(url)
        self.keys = Keyring(self._db)
        self.accounts = Accounts(self._db)
        self.leases = Leases(self._db)
        self.queue = JobQueue(self._db)
        self.reservations = Reservations(self._db)
        self.outbox = Outbox(self._db)
        self.custody = Custody(self._db)
        self.tallies = Tallies(self._db)
        self.prints = Prints(self._db)
        self.bursts = Bursts(self._db)
        self.searches = Searches(self._db)
        self.reports = ReportBook(self._db)
        self.batches = BatchBook(self._db)
        self.hazards = HazardBook(self._db)
        self.figures = FigureBook(self._db)
        self.edits = EditRecords(self._db)
        self.reviews = Reviews(self._db)
        self.packages = Packages(self._db)
        self.wanted_edits = WantedEdits(self._db)

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self._db.engine.dispose()

    def together(self) -> AbstractContextManager[None]:
        """Make one transaction of all reads and writes within the block."""
        return self._db.together()

    # --- jobs -----------------------------------------------------------------------------------------------

    def create(self, *, name: str, programme: str, job_id: str = "", **fields: Unpack[JobFields]) -> Job:
        """Create a job in state `received`. With a `job_id` that is there already, return that job as it is.

        Characters that a database can't store (NUL, surrogates of bytes that were not UTF-8) become U+FFFD.
        """
        row = {"id": job_id or uuid.uuid4().hex, "state": "received", "name": name, "programme": programme, **fields}
        row = {column: storable(value) for column, value in row.items()}
        row["findings"] = rows_of(fields.get("findings", ()))
        with self._db.begin() as connection:
            stamped = self._db.insert(jobs).values(**row, created=self._db.now, updated=self._db.now)
            made = connection.execute(stamped.on_conflict_do_nothing().returning(*jobs.columns)).one_or_none()
            if made is None:
                return job_of(connection.execute(select(jobs).where(jobs.c.id == row["id"])).one())
            self._index(connection, made)
            return job_of(made)

    def job(self, job_id: str) -> Job | None:
        """Return the job as it is now, or None if there is no such job."""
        with self._db.begin() as connection:
            row = connection.execute(select(jobs).where(jobs.c.id == job_id)).one_or_none()
        return job_of(row) if row else None

    def jobs(self, job_ids: Sequence[str]) -> list[Job]:
        """Return the jobs with these ids that are there, in the order of the ids."""
        with self._db.begin() as connection:
            rows = connection.execute(select(jobs).where(jobs.c.id.in_(job_ids))).all()
        found = {row.id: job_of(row) for row in rows}
        return [found[job_id] for job_id in job_ids if job_id in found]

    def ids(self, begun: str) -> list[str]:
        """Return the ids that begin with these characters, at most three."""
        query = select(jobs.c.id).where(jobs.c.id >= begun, jobs.c.id < begun + "g").order_by(jobs.c.id).limit(3)
        with self._db.begin() as connection:
            return [*connection.execute(query).scalars()]

    def receive(self, job_id: str, original: str, size: int, lane: str) -> Job | None:
        """Queue a job whose bytes are in the store and record that in the custody chain.

        `original` is the SHA-256, `size` in bytes. Returns None unless the job was in state `received`.
        """
        changes: JobChanges = {"state": "queued", "original": original, "size": size, "lane": lane}
        changing = update(jobs).where(jobs.c.id == job_id, jobs.c.state == "received")
        with self._db.begin() as connection:
            done = changing.values(**stamped(self._db, changes)).returning(*jobs.columns)
            row = connection.execute(done).one_or_none()
            if row:
                append(self._db, connection, original, "received", job_id, {"size": size})
        return job_of(row) if row else None

    def of_original(self, original: str) -> list[Job]:
        """Return all jobs of the original with this SHA-256, oldest first."""
        query = select(jobs).where(jobs.c.original == original).order_by(jobs.c.created, jobs.c.id)
        with self._db.begin() as connection:
            return [job_of(row) for row in connection.execute(query).all()]

    def find(self, **selection: Unpack[Selection]) -> list[Job]:
        """Return the jobs that match every given criterion, in order; :class:`Selection` explains them."""
        query = select(jobs).where(*conditions(selection)).order_by(*ordering(selection))
        with self._db.begin() as connection:
            rows = connection.execute(query.limit(selection.get("limit", _MOST))).all()
        return [job_of(row) for row in rows]

    def counts(self, field: Countable, **selection: Unpack[Selection]) -> dict[str, int]:
        """Return the number of jobs by each value of a column; the criterion on that column itself does not hold."""
        with self._db.begin() as connection:
            return {row[0]: row[1] for row in connection.execute(counting(field, selection)).all()}

    def move(
        self, job_id: str, states: Sequence[str], *, wait: float = 0.0, **changes: Unpack[JobChanges]
    ) -> Job | None:
        """Change a job that is not running if it is in one of `states`; return None if it is not.

        `wait`: seconds before the job may be claimed.
        """
        changing = update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(states))
        with self._db.begin() as connection:
            done = changing.values(**stamped(self._db, changes, wait)).returning(*jobs.columns)
            row = connection.execute(done).one_or_none()
            if row:
                self._entered(connection, row)
        return job_of(row) if row else None

    def advance(self, job_id: str, token: int, *, wait: float = 0.0, **changes: Unpack[JobChanges]) -> Job:
        """Change a running job under its lease, as `move` does. Raises LeaseLost if `token` is no longer valid."""
        # Locked to the end of the transaction: no worker takes the lease over between this check and the change.
        held = select(leases.c.name).where(*live(self._db, job_lease(job_id), token)).with_for_update(read=True)
        # A job that has ended stays ended, even under a valid token.
        changing = update(jobs).where(*_going(job_id)).values(**stamped(self._db, changes, wait))
        with self._db.begin() as connection:
            found = connection.execute(held).one_or_none()
            row = connection.execute(changing.returning(*jobs.columns)).one_or_none() if found else None
            if row:
                self._entered(connection, row)
        if row is None:
            raise LeaseLost(f"job {job_id}: token {token} is no longer valid")
        return job_of(row)

    def cancel(self, job_id: str, **changes: Unpack[JobChanges]) -> Job | None:
        """Cancel a job that has not ended and revoke its lease in the same transaction; return None if it has ended."""
        changing = update(jobs).where(*_going(job_id))
        taking = update(leases).where(leases.c.name == job_lease(job_id)).values(expires=0.0)
        with self._db.begin() as connection:
            lock(self._db, connection, job_lease(job_id))  # no worker claims the job meanwhile
            done = changing.values(**changes, state="cancelled", updated=self._db.now).returning(*jobs.columns)
            row = connection.execute(done).one_or_none()
            if row:
                connection.execute(taking)
                enter_outbox(self._db, connection, row)
        return job_of(row) if row else None

    def _entered(self, connection: Connection, row: Row[Any]) -> None:
        """Tell a job's end, and index the words of its findings."""
        enter_outbox(self._db, connection, row)
        if row.state in ENDED:
            self._index(connection, row)

    def _index(self, connection: Connection, row: Row[Any]) -> None:
        """Index the words and findings of a job again."""
        enter_words(self._db, connection, row)
        enter_codes(self._db, connection, row)

    def note(self, found: Mapping[str, RecordedFinding]) -> None:
        """Add a finding to each of these published jobs, by id, in place of an earlier finding with the same code."""
        # Locked in one order, or two photos of a burst would wait for each other.
        ended = select(jobs.c.id, jobs.c.findings).where(jobs.c.id.in_(found), jobs.c.state == "published")
        changing = update(jobs).where(jobs.c.id == bindparam("job")).values(findings=bindparam("told"))
        with self._db.begin() as connection:
            rows = connection.execute(ended.order_by(jobs.c.id).with_for_update()).all()
            told = [(row.id, findings_of(row.findings), found[row.id]) for row in rows]
            changed = [
                {"job": job, "told": rows_of([*(one for one in before if one.code != new.code), new])}
                for job, before, new in told
                if new not in before
            ]
            if changed:
                connection.execute(changing, changed)
                noted = select(jobs).where(jobs.c.id.in_([row["job"] for row in changed]))
                for row in connection.execute(noted).all():
                    self._index(connection, row)

    # --- assets ---------------------------------------------------------------------------------------------

    def index(self, rows: Iterable[Asset]) -> None:
        """Add published outputs to the index; an output whose key is already there is skipped."""
        entered = [asdict(row) for row in rows]
        if entered:
            with self._db.begin() as connection:
                connection.execute(self._db.insert(assets).on_conflict_do_nothing(), entered)

    def note_crc32(self, key: str, crc32: int) -> None:
        """Keep the CRC-32 of an output that was published before it was kept."""
        with self._db.begin() as connection:
            connection.execute(update(assets).where(assets.c.key == key).values(crc32=crc32))

    def forget(self, manifest: str) -> None:
        """Remove the outputs published under this manifest from the index."""
        with self._db.begin() as connection:
            connection.execute(delete(assets).where(assets.c.manifest == manifest))

    def assets(self, manifests: Sequence[str]) -> list[Asset]:
        """Return all outputs published under these manifests, by manifest and name."""
        query = select(assets).where(assets.c.manifest.in_(manifests)).order_by(assets.c.manifest, assets.c.name)
        with self._db.begin() as connection:
            return [Asset(**row._mapping) for row in connection.execute(query).all()]


def _going(job_id: str) -> tuple[ColumnElement[bool], ...]:
    return jobs.c.id == job_id, jobs.c.state.not_in(FINAL)
