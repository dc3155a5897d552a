"""Read what is counted: published films and photos with their facts, and how often each was taken away."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from storage.database import Database
from storage.schema import assets, custody, jobs

_MAIN = ("master", "photo")


@dataclass(frozen=True, slots=True)
class CountedItem:
    """A published job's facts. `day` as YYYY-MM-DD, or empty; `created`: seconds since 1970; `seconds`: of film."""

    job: str
    unit: str
    activity: str
    programme: str
    day: str
    created: float
    role: str
    seconds: float


class FigureBook:
    """The queries for figures of a ledger."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def items(self, unit: str = "") -> list[CountedItem]:
        """Return every job whose film or photo stands, or one unit's."""
        facts = (jobs.c.id, jobs.c.unit, jobs.c.activity, jobs.c.programme, jobs.c.date, jobs.c.created)
        query = (
            select(*facts, assets.c.role, func.coalesce(assets.c.duration, 0.0))
            .join(assets, assets.c.manifest == jobs.c.manifest)
            .where(jobs.c.manifest != "", jobs.c.state != "rejected", assets.c.role.in_(_MAIN))
            .order_by(jobs.c.created, jobs.c.id)
        )
        with self._db.begin() as connection:
            rows = connection.execute(query.where(jobs.c.unit == unit) if unit else query).all()
        return [CountedItem(*row) for row in rows]

    def downloads(self) -> dict[str, int]:
        """Return by job how often outputs of it were taken away."""
        query = select(custody.c.job, func.count()).where(custody.c.kind == "downloaded").group_by(custody.c.job)
        with self._db.begin() as connection:
            return {row[0]: row[1] for row in connection.execute(query).all()}
