"""Who did what: jobs, leases, the asset index and the custody chain, on SQLite or PostgreSQL (SQLAlchemy Core).

A job is changed by its worker only under a lease with a rising token: a worker that lost its lease changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, or_, select, update

from storage.base import StoreError
from storage.database import Database
from storage.keyring import Keyring
from storage.records import FINAL, Asset, Event, Job
from storage.schema import assets, custody, jobs, leases


class LeaseLost(StoreError):
    """The lease ran out or went to another worker: stop, and make nothing visible."""


class Ledger:
    """All state. The queue may be lost: it is refilled from here."""

    def __init__(self, url: str) -> None:
        self._db = Database(url)
        self.keys = Keyring(self._db)

    def close(self) -> None:
        """Let go of its connections; the next call makes new ones."""
        self._db.engine.dispose()

    # --- jobs -----------------------------------------------------------------------------------------------

    def create(self, *, name: str, programme: str, **fields: Any) -> Job:
        """A new job in state `received`. What no database keeps (NUL, bytes that were no UTF-8) becomes U+FFFD."""
        row = {"id": uuid.uuid4().hex, "state": "received", "name": name, "programme": programme, **fields}
        row = {column: _storable(value) for column, value in row.items()}
        with self._db.begin() as connection:
            stamped = jobs.insert().values(**row, created=self._db.now, updated=self._db.now)
            return _job(connection.execute(stamped.returning(*jobs.columns)).one())

    def job(self, job_id: str) -> Job | None:
        """The job as it is now, or None."""
        with self._db.begin() as connection:
            row = connection.execute(select(jobs).where(jobs.c.id == job_id)).one_or_none()
        return _job(row) if row else None

    def find(
        self,
        *,
        states: Sequence[str] = (),
        programme: str = "",
        unit: str = "",
        submitter: str = "",
        since: str = "",
        until: str = "",
        limit: int = 1000,
    ) -> list[Job]:
        """Jobs, newest first. `since` and `until` are ISO days of the event, both included."""
        wanted = [
            jobs.c.state.in_(states) if states else None,
            jobs.c.programme == programme if programme else None,
            jobs.c.unit == _storable(unit) if unit else None,
            jobs.c.submitter == submitter if submitter else None,
            jobs.c.date >= since if since else None,
            and_(jobs.c.date <= until, jobs.c.date != "") if until else None,
        ]
        query = select(jobs).where(*(w for w in wanted if w is not None))
        with self._db.begin() as connection:
            rows = connection.execute(query.order_by(jobs.c.created.desc(), jobs.c.id).limit(limit)).all()
        return [_job(row) for row in rows]

    def move(self, job_id: str, states: Sequence[str], **changes: Any) -> Job | None:
        """Change a job that nobody runs, if it is in one of `states`; None where it is not."""
        changing = update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(states))
        with self._db.begin() as connection:
            done = changing.values(**changes, updated=self._db.now).returning(*jobs.columns)
            row = connection.execute(done).one_or_none()
        return _job(row) if row else None

    def advance(self, job_id: str, token: int, **changes: Any) -> Job:
        """Change a job under its lease. Raises LeaseLost where `token` is no longer the one."""
        # Locked to the end of the transaction: nobody takes the lease over between this look and the change.
        held = select(leases.c.name).where(*self._holds(job_lease(job_id), token)).with_for_update(read=True)
        # Nor does a token bring back what has ended.
        changing = update(jobs).where(*_going(job_id)).values(**changes, updated=self._db.now)
        with self._db.begin() as connection:
            live = connection.execute(held).one_or_none()
            row = connection.execute(changing.returning(*jobs.columns)).one_or_none() if live else None
        if row is None:
            raise LeaseLost(f"job {job_id}: token {token} is no longer valid")
        return _job(row)

    def cancel(self, job_id: str, **changes: Any) -> Job | None:
        """End a job that has not ended, whoever runs it: its lease is taken away with the same stroke."""
        changing = update(jobs).where(*_going(job_id))
        taking = update(leases).where(leases.c.name == job_lease(job_id)).values(expires=0.0)
        with self._db.begin() as connection:
            self._lock(connection, job_lease(job_id))  # nobody takes the job up meanwhile
            done = changing.values(**changes, state="cancelled", updated=self._db.now).returning(*jobs.columns)
            row = connection.execute(done).one_or_none()
            if row:
                connection.execute(taking)
        return _job(row) if row else None

    def forgotten(self, seconds: float) -> list[Job]:
        """Jobs that should be moving and are not: running without a lease, or queued longer than `seconds`."""
        leased = exists().where(leases.c.name == "job:" + jobs.c.id, leases.c.expires > self._db.now)
        idle = jobs.c.updated < self._db.now - seconds
        stuck = or_(and_(jobs.c.state == "running", ~leased), and_(jobs.c.state == "queued", idle, ~leased))
        with self._db.begin() as connection:
            return [_job(row) for row in connection.execute(select(jobs).where(stuck).limit(1000)).all()]

    # --- leases ---------------------------------------------------------------------------------------------

    def acquire(self, name: str, holder: str, seconds: float) -> int | None:
        """Take the lease for so long; returns its token, higher than any before, or None where another has it."""
        until = self._db.now + seconds
        taking = self._db.insert(leases).values(name=name, holder=holder, token=1, expires=until)
        taking = taking.on_conflict_do_update(
            index_elements=[leases.c.name],
            set_={"holder": holder, "token": leases.c.token + 1, "expires": until},
            where=leases.c.expires <= self._db.now,
        )
        with self._db.begin() as connection:
            token: int | None = connection.execute(taking.returning(leases.c.token)).scalar_one_or_none()
        return token

    def renew(self, name: str, token: int, seconds: float) -> None:
        """Keep the lease for so long from now. Raises LeaseLost."""
        self._set_expiry(name, token, self._db.now + seconds)

    def release(self, name: str, token: int) -> None:
        """Give the lease back; a lease already lost is left alone."""
        try:
            self._set_expiry(name, token, 0.0)
        except LeaseLost:
            return

    def check(self, name: str, token: int) -> None:
        """Raises LeaseLost unless the lease is still held under this token."""
        with self._db.begin() as connection:
            if connection.execute(select(leases.c.name).where(*self._holds(name, token))).one_or_none() is None:
                raise LeaseLost(f"{name}: token {token} is no longer valid")

    def _set_expiry(self, name: str, token: int, expires: Any) -> None:
        setting = update(leases).where(*self._holds(name, token)).values(expires=expires)
        with self._db.begin() as connection:
            if connection.execute(setting).rowcount == 0:
                raise LeaseLost(f"{name}: token {token} is no longer valid")

    def _holds(self, name: str, token: int) -> tuple[Any, ...]:
        return leases.c.name == name, leases.c.token == token, leases.c.expires > self._db.now

    def _lock(self, connection: Connection, name: str) -> None:
        """The lease's row, made where it is missing, held to the end of the transaction."""
        row = self._db.insert(leases).values(name=name, holder="", token=0, expires=0.0)
        keeping = row.on_conflict_do_update(index_elements=[leases.c.name], set_={"token": leases.c.token})
        connection.execute(keeping)

    # --- assets ---------------------------------------------------------------------------------------------

    def index(self, rows: Iterable[Asset]) -> None:
        """Enter published outputs; the same key twice is the same output."""
        with self._db.begin() as connection:
            for row in rows:
                connection.execute(self._db.insert(assets).values(**asdict(row)).on_conflict_do_nothing())

    def assets(self, manifests: Sequence[str]) -> list[Asset]:
        """Everything published under these manifests, by name."""
        query = select(assets).where(assets.c.manifest.in_(manifests)).order_by(assets.c.manifest, assets.c.name)
        with self._db.begin() as connection:
            return [Asset(**row._mapping) for row in connection.execute(query).all()]

    # --- custody --------------------------------------------------------------------------------------------

    def record(self, subject: str, kind: str, job: str, **detail: Any) -> Event:
        """Append to the custody chain of `subject` (an original's SHA-256). Details carry no names of people."""
        with self._db.begin() as connection:
            self._lock(connection, f"chain:{subject}")  # one writer at a time for a chain
            newest = select(custody).where(custody.c.subject == subject).order_by(custody.c.sequence.desc()).limit(1)
            last = connection.execute(newest).one_or_none()
            at = float(connection.execute(select(self._db.now)).scalar_one())
            event = _link(last, subject=subject, at=at, kind=kind, job=job, detail=detail)
            connection.execute(custody.insert().values(**asdict(event)))
        return event

    def chain(self, subject: str) -> list[Event]:
        """The custody chain, oldest first."""
        query = select(custody).where(custody.c.subject == subject).order_by(custody.c.sequence)
        columns = [column for column in custody.columns if column.name != "id"]
        with self._db.begin() as connection:
            rows = connection.execute(query.with_only_columns(*columns)).all()
        return [Event(**row._mapping) for row in rows]


def _going(job_id: str) -> tuple[Any, ...]:
    return jobs.c.id == job_id, jobs.c.state.not_in(FINAL)


def job_lease(job_id: str) -> str:
    """The name of the lease a job is run under."""
    return f"job:{job_id}"


def recipe_lease(original: str, recipe: str) -> str:
    """The name of the lease a publication is made under: two submissions of one file render it once."""
    return f"recipe:{original[:32]}:{recipe}"


def is_unbroken(chain: Sequence[Event]) -> bool:
    """True where every link's digest is right and every link follows the one before."""
    before = ""
    for sequence, event in enumerate(chain, 1):
        if event.previous != before or event.sequence != sequence or event.digest != _digest(event):
            return False
        before = event.digest
    return True


def _link(last: Row[Any] | None, **fields: Any) -> Event:
    previous, sequence = (last.digest, last.sequence + 1) if last else ("", 1)
    unsigned = Event(sequence=sequence, previous=previous, digest="", **fields)
    return Event(**{**asdict(unsigned), "digest": _digest(unsigned)})


def _digest(event: Event) -> str:
    fields = {**asdict(event), "digest": ""}
    return hashlib.sha256(json.dumps(fields, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _storable(value: Any) -> Any:
    return re.sub("[\0\ud800-\udfff]", "\ufffd", value) if isinstance(value, str) else value


def _job(row: Row[Any]) -> Job:
    fields = dict(row._mapping)
    return Job(**{**fields, "findings": tuple(fields["findings"])})
