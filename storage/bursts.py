"""Stack photos of one unit that look the same: a burst is seen as its sharpest photo, with the others under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, exists, func, select, update

from storage.database import Database
from storage.schema import bursts, jobs


class Bursts:
    """The bursts of a ledger."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def join(self, sharpness: Mapping[str, float]) -> None:
        """Make one burst of these jobs and of all that are in a burst with one of them.

        `sharpness`: by job. The caller holds the lock on prints, so that two photos don't join at once.
        """
        with self._db.begin() as connection:
            joined = select(bursts.c.burst).where(bursts.c.job.in_(sharpness)).distinct()
            others = sorted(connection.execute(joined).scalars())
            burst = others[0] if others else min(sharpness)
            rows = [{"job": job, "burst": burst, "sharpness": value, "best": False} for job, value in sharpness.items()]
            adding = self._db.insert(bursts).on_conflict_do_nothing(index_elements=[bursts.c.job])
            connection.execute(adding, rows)
            connection.execute(update(bursts).where(bursts.c.burst.in_([*others, burst])).values(burst=burst))
            self._choose(connection, burst)

    def _choose(self, connection: Connection, burst: str) -> None:
        """Mark the sharpest job of a burst as its best."""
        inside = bursts.c.burst == burst
        sharpest = select(bursts.c.job).where(inside).order_by(bursts.c.sharpness.desc(), bursts.c.job).limit(1)
        best = connection.execute(sharpest).scalar_one()
        connection.execute(update(bursts).where(inside).values(best=bursts.c.job == best))

    def sizes(self, job_ids: Sequence[str]) -> dict[str, int]:
        """Return the number of jobs in the burst of each of these jobs that is in one."""
        others = bursts.alias("others")
        both = bursts.join(others, others.c.burst == bursts.c.burst)
        query = select(bursts.c.job, func.count()).select_from(both).where(bursts.c.job.in_(job_ids))
        with self._db.begin() as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(bursts.c.job)).all()}


def is_on_top() -> ColumnElement[bool]:
    """Return the condition that a job is the best of its burst, or in none.

    A best one that is not published hides no other.
    """
    best, top = bursts.alias("best"), jobs.alias("top")
    over = (best.c.burst == bursts.c.burst, best.c.best, top.c.id == best.c.job, top.c.state == "published")
    return ~exists().where(bursts.c.job == jobs.c.id, bursts.c.best.is_(False), *over)


def is_in_burst_of(job_id: str) -> ColumnElement[bool]:
    """Return the condition that a job is in the same burst as this one."""
    burst = select(bursts.c.burst).where(bursts.c.job == job_id).scalar_subquery()
    return jobs.c.id.in_(select(bursts.c.job).where(bursts.c.burst == burst))
