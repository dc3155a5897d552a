"""That a job came to an end: one row an ending, written with the change itself, told to the portal afterwards.

A job that is run again ends again: that is another row.
"""

from __future__ import annotations

import uuid
from typing import Any, TypedDict, Unpack

from sqlalchemy import ColumnElement, Connection, Row, exists, func, select, update

from storage.database import Database
from storage.records import ENDED, OutboxEntry
from storage.schema import endings


class _Changes(TypedDict, total=False):
    """What a try to tell an ending changes of it."""

    due: ColumnElement[float] | None
    told: ColumnElement[float]


class Outbox:
    """What is still to be told, and what was."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def due(self, limit: int) -> list[OutboxEntry]:
        """Endings to be told now, none before an earlier one of its job; those that were never missed first."""
        earlier = endings.alias()
        first = earlier.c.job == endings.c.job, earlier.c.at < endings.c.at, earlier.c.due.is_not(None)
        waiting = select(endings).where(endings.c.due <= self._db.now, ~exists().where(*first))
        waiting = waiting.order_by(endings.c.tries, endings.c.at).limit(limit)
        with self._db.begin() as connection:
            return [OutboxEntry(**row._mapping) for row in connection.execute(waiting).all()]

    def waiting(self) -> int:
        """How many are still to be told."""
        with self._db.begin() as connection:
            count = select(func.count()).select_from(endings).where(endings.c.due.is_not(None))
            return int(connection.execute(count).scalar_one())

    def of(self, job_id: str) -> list[OutboxEntry]:
        """Every ending of one job, the oldest first."""
        query = select(endings).where(endings.c.job == job_id).order_by(endings.c.at)
        with self._db.begin() as connection:
            return [OutboxEntry(**row._mapping) for row in connection.execute(query).all()]

    def told(self, ending: str) -> None:
        """The portal has it."""
        self._set(ending, due=None, told=self._db.now)

    def missed(self, ending: str, seconds: float | None) -> None:
        """The portal did not take it: once more after so many seconds, or, with None, never again."""
        self._set(ending, due=None if seconds is None else self._db.now + seconds)

    def _set(self, ending: str, **changes: Unpack[_Changes]) -> None:
        with self._db.begin() as connection:
            connection.execute(
                update(endings).where(endings.c.id == ending).values(**changes, tries=endings.c.tries + 1)
            )


def enter_outbox(database: Database, connection: Connection, job: Row[Any]) -> None:
    """Within the transaction that changed this job: where it has ended, that is written down."""
    if job.state in ENDED:
        row = {"id": uuid.uuid4().hex, "job": job.id, "state": job.state, "code": job.code}
        connection.execute(endings.insert().values(**row, at=database.now, due=database.now))
