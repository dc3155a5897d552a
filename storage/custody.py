"""The custody chain of each original: what was done with it, every link with the digest of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

from sqlalchemy import Connection, select

from storage.database import Database
from storage.locks import lock
from storage.records import Event
from storage.schema import custody

Detail = str | int | float | Sequence[str] | None  # what JSON gives back as it was

_COLUMNS = [column for column in custody.columns if column.name != "id"]


class Custody:
    """Chains by their subject, an original's SHA-256. Details carry no names of people."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def record(self, subject: str, kind: str, job: str, **detail: Detail) -> Event:
        """Append to the chain of `subject`."""
        with self._db.begin() as connection:
            return append(self._db, connection, subject, kind, job, detail)

    def record_once(self, subject: str, kind: str, job: str, **detail: Detail) -> None:
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
    database: Database, connection: Connection, subject: str, kind: str, job: str, detail: Mapping[str, Detail]
) -> Event:
    """Within a transaction: one writer at a time for a chain."""
    lock(database, connection, f"chain:{subject}")
    newest = select(custody).where(custody.c.subject == subject).order_by(custody.c.sequence.desc()).limit(1)
    last = connection.execute(newest).one_or_none()
    at = float(connection.execute(select(database.now)).scalar_one())
    previous, sequence = (last.digest, last.sequence + 1) if last else ("", 1)
    unsigned = Event(subject, sequence, at, kind, job, dict(detail), previous, digest="")
    event = replace(unsigned, digest=digest(unsigned))
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


def digest(event: Event) -> str:
    """SHA-256 over everything but the digest itself, in lower-case hex."""
    fields = {**asdict(event), "digest": ""}
    return hashlib.sha256(json.dumps(fields, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
