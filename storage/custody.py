"""The custody chain of each original: what was done with it, every link with the digest of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, select

from storage.database import Database
from storage.locks import lock
from storage.records import Event
from storage.schema import custody

_COLUMNS = [column for column in custody.columns if column.name != "id"]


class Custody:
    """Chains by their subject, an original's SHA-256. Details carry no names of people."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def record(self, subject: str, kind: str, job: str, **detail: Any) -> Event:
        """Append to the chain of `subject`."""
        with self._db.begin() as connection:
            return append(self._db, connection, subject, kind, job, detail)

    def record_once(self, subject: str, kind: str, job: str, **detail: Any) -> None:
        """Append, unless the chain tells the very same already: a worker may have died just before, or just after."""
        with self._db.begin() as connection:
            lock(self._db, connection, f"chain:{subject}")
            if not any(event.kind == kind and event.detail == detail for event in self._read(connection, subject)):
                append(self._db, connection, subject, kind, job, detail)

    def chain(self, subject: str) -> list[Event]:
        """The whole chain, oldest first."""
        with self._db.begin() as connection:
            return self._read(connection, subject)

    def _read(self, connection: Connection, subject: str) -> list[Event]:
        query = select(*_COLUMNS).where(custody.c.subject == subject).order_by(custody.c.sequence)
        return [Event(**row._mapping) for row in connection.execute(query).all()]


def append(
    database: Database, connection: Connection, subject: str, kind: str, job: str, detail: dict[str, Any]
) -> Event:
    """Within a transaction: one writer at a time for a chain."""
    lock(database, connection, f"chain:{subject}")
    newest = select(custody).where(custody.c.subject == subject).order_by(custody.c.sequence.desc()).limit(1)
    last = connection.execute(newest).one_or_none()
    at = float(connection.execute(select(database.now)).scalar_one())
    event = _link(last, subject=subject, at=at, kind=kind, job=job, detail=detail)
    connection.execute(custody.insert().values(**asdict(event)))
    return event


def is_unbroken(chain: Sequence[Event]) -> bool:
    """True where every link's digest is right and every link follows the one before."""
    before = ""
    for sequence, event in enumerate(chain, 1):
        if event.previous != before or event.sequence != sequence or event.digest != digest(event):
            return False
        before = event.digest
    return True


def _link(last: Row[Any] | None, **fields: Any) -> Event:
    previous, sequence = (last.digest, last.sequence + 1) if last else ("", 1)
    unsigned = Event(sequence=sequence, previous=previous, digest="", **fields)
    return Event(**{**asdict(unsigned), "digest": digest(unsigned)})


def digest(event: Event) -> str:
    """SHA-256 over everything but the digest itself, in lower-case hex."""
    fields = {**asdict(event), "digest": ""}
    return hashlib.sha256(json.dumps(fields, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
