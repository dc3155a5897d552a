"""Keep the publicity team's remarks and decisions on jobs."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, func, not_, select

from storage.database import Database
from storage.records import Comment, Review
from storage.schema import comments, jobs, reviews


class Reviews:
    """The comments and states of review of a ledger."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def comment(self, job: str, owner: str, name: str, milliseconds: int | None, text: str) -> Comment:
        """Add a comment and return it."""
        row = {"id": secrets.token_hex(6), "job": job, "owner": owner, "name": name, "text": text}
        adding = comments.insert().values(**row, milliseconds=milliseconds, at=self._db.now)
        with self._db.begin() as connection:
            return Comment(**connection.execute(adding.returning(*comments.c)).one()._mapping)

    def comments(self, job: str) -> list[Comment]:
        """Return the comments on a job: those on the whole first, then in the order of their time codes."""
        place = func.coalesce(comments.c.milliseconds, -1)
        query = select(comments).where(comments.c.job == job).order_by(place, comments.c.at, comments.c.id)
        with self._db.begin() as connection:
            return [Comment(**row._mapping) for row in connection.execute(query).all()]

    def withdraw(self, comment: str, job: str, owner: str) -> bool:
        """Remove a comment by its owner; return False if there is none."""
        its = (comments.c.id == comment, comments.c.job == job, comments.c.owner == owner)
        with self._db.begin() as connection:
            return connection.execute(delete(comments).where(*its).returning(comments.c.id)).one_or_none() is not None

    def decide(self, job: str, state: str, owner: str, name: str) -> Review:
        """Set the state of review of a job and return it."""
        row = {"state": state, "owner": owner, "name": name, "at": self._db.now}
        setting = self._db.insert(reviews).values(job=job, **row)
        setting = setting.on_conflict_do_update(index_elements=[reviews.c.job], set_=row)
        with self._db.begin() as connection:
            return Review(**connection.execute(setting.returning(*reviews.c)).one()._mapping)

    def of(self, job_ids: Sequence[str]) -> dict[str, Review]:
        """Return the reviews of these jobs by job id, without the jobs that are open."""
        with self._db.begin() as connection:
            rows = connection.execute(select(reviews).where(reviews.c.job.in_(job_ids))).all()
        return {row.job: Review(**row._mapping) for row in rows}


def is_reviewed(state: str) -> ColumnElement[bool]:
    """Return the condition that a job is in this state of review; most jobs are open and have no row."""
    if state == "open":
        return not_(jobs.c.id.in_(select(reviews.c.job).where(reviews.c.state != "open")))
    return jobs.c.id.in_(select(reviews.c.job).where(reviews.c.state == state))
