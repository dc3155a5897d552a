"""Record the custody chain of each original: one event per action, each with the digest of the event before it."""

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

Detail = str | int | float | Sequence[str] | None  # types that survive a round trip through JSON

_COLUMNS = [column for column in custody.columns if column.name != "id"]


class Custody:
    """The custody chains of a ledger, by subject: the SHA-256 of an original. Details carry no names of people."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def record(self, subject: str, kind: str, job: str, **detail: Detail) -> Event:
        """Append an event to the chain of `subject` and return it."""
        with self._db.begin() as connection:
            return append(self._db, connection, subject, kind, job, detail)

    def record_once(self, subject: str, kind: str, job: str, **detail: Detail) -> None:
        """Append an event unless the chain already has one of the same kind and detail.

        The worker that did this step before may have died just before or just after it recorded the event.
        """
        with self._db.begin() as connection:
            lock(self._db, connection, f"chain:{subject}")
            if not any(event.kind == kind and event.detail == detail for event in self._read(connection, subject)):
                append(self._db, connection, subject, kind, job, detail)

    def chain(self, subject: str) -> list[Event]:
        """Return the chain of `subject`, oldest event first."""
        with self._db.begin() as connection:
            return self._read(connection, subject)

    def of_kinds(self, kinds: Sequence[str]) -> list[Event]:
        """Return every event of these kinds, chain by chain, the oldest of each first."""
        query = select(*_COLUMNS).where(custody.c.kind.in_(kinds)).order_by(custody.c.subject, custody.c.sequence)
        with self._db.begin() as connection:
            return [Event(**row._mapping) for row in connection.execute(query).all()]

    def _read(self, connection: Connection, subject: str) -> list[Event]:
        query = select(*_COLUMNS).where(custody.c.subject == subject).order_by(custody.c.sequence)
        return [Event(**row._mapping) for row in connection.execute(query).all()]


def append(
    database: Database, connection: Connection, subject: str, kind: str, job: str, detail: Mapping[str, Detail]
) -> Event:
    """Append an event within the transaction of `connection`; a lock admits one writer per chain at a time."""
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
    """Tell whether every event's digest is correct and every event follows the one before it."""
    before = ""
    for sequence, event in enumerate(chain, 1):
        if event.previous != before or event.sequence != sequence or event.digest != digest(event):
            return False
        before = event.digest
    return True


def digest(event: Event) -> str:
    """Return the SHA-256 of every field except the digest itself, in lower-case hex."""
    fields = {**asdict(event), "digest": ""}
    return hashlib.sha256(json.dumps(fields, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
