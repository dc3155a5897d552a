"""What editors decided of publications, one row a job, and where what was made by it is published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from storage.database import Database
from storage.records import EditRecord
from storage.schema import decisions


class EditRecords:
    """The newest decision counts; what earlier ones made stays in the store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def decide(self, job_id: str, decision: dict[str, Any], manifest: str) -> None:
        """In place of what was decided before. No `manifest`: it could not be carried out."""
        row = {"job": job_id, "decision": decision, "manifest": manifest, "at": self._db.now}
        changing = self._db.insert(decisions).values(**row)
        with self._db.begin() as connection:
            connection.execute(changing.on_conflict_do_update(index_elements=[decisions.c.job], set_=row))

    def withdraw(self, job_id: str) -> bool:
        """Nothing is decided any more; False where nothing was."""
        with self._db.begin() as connection:
            gone = connection.execute(delete(decisions).where(decisions.c.job == job_id).returning(decisions.c.job))
            return gone.one_or_none() is not None

    def of(self, job_ids: Sequence[str]) -> dict[str, EditRecord]:
        """By job; those of which nothing was decided are missing."""
        query = select(decisions).where(decisions.c.job.in_(job_ids))
        with self._db.begin() as connection:
            rows = connection.execute(query).all()
        return {row.job: EditRecord(row.job, dict(row.decision), row.manifest) for row in rows}
