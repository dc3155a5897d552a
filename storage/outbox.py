"""Keep the outbox: one row per ending of a job, written in the transaction that ends it, sent to the portal later.

A job that is run again ends again and gets another row.
"""

from __future__ import annotations

import uuid
from typing import Any, TypedDict, Unpack

from sqlalchemy import ColumnElement, Connection, Row, exists, func, select, update

from storage.database import Database
from storage.records import ENDED, OutboxEntry
from storage.schema import endings


class _Changes(TypedDict, total=False):
    """The columns of an ending that an attempt to send it changes."""

    due: ColumnElement[float] | None
    told: ColumnElement[float]


class Outbox:
    """The endings of a ledger's jobs, both sent and still to be sent."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def due(self, limit: int) -> list[OutboxEntry]:
        """Return at most `limit` endings to be sent now, those with the fewest attempts first, then the oldest.

        An ending is left out while an earlier ending of its job is still to be sent.
        """
        earlier = endings.alias()
        first = earlier.c.job == endings.c.job, earlier.c.at < endings.c.at, earlier.c.due.is_not(None)
        waiting = select(endings).where(endings.c.due <= self._db.now, ~exists().where(*first))
        waiting = waiting.order_by(endings.c.tries, endings.c.at).limit(limit)
        with self._db.begin() as connection:
            return [OutboxEntry(**row._mapping) for row in connection.execute(waiting).all()]

    def waiting(self) -> int:
        """Count the endings that are still to be sent."""
        with self._db.begin() as connection:
            count = select(func.count()).select_from(endings).where(endings.c.due.is_not(None))
            return int(connection.execute(count).scalar_one())

    def of(self, job_id: str) -> list[OutboxEntry]:
        """Return every ending of one job, oldest first."""
        query = select(endings).where(endings.c.job == job_id).order_by(endings.c.at)
        with self._db.begin() as connection:
            return [OutboxEntry(**row._mapping) for row in connection.execute(query).all()]

    def told(self, ending: str) -> None:
        """Mark an ending as received by the portal."""
        self._set(ending, due=None, told=self._db.now)

    def missed(self, ending: str, seconds: float | None) -> None:
        """Schedule another attempt after `seconds`, or none for None, as the portal did not accept the ending."""
        self._set(ending, due=None if seconds is None else self._db.now + seconds)

    def _set(self, ending: str, **changes: Unpack[_Changes]) -> None:
        with self._db.begin() as connection:
            connection.execute(
                update(endings).where(endings.c.id == ending).values(**changes, tries=endings.c.tries + 1)
            )


def enter_outbox(database: Database, connection: Connection, job: Row[Any]) -> None:
    """Add an ending to the outbox if the job has ended, in the transaction that changed the job."""
    if job.state in ENDED:
        row = {"id": uuid.uuid4().hex, "job": job.id, "state": job.state, "code": job.code}
        connection.execute(endings.insert().values(**row, at=database.now, due=database.now))
