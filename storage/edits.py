"""Store the edit request of each job, one row per job, with the manifest of the publication made from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select

from storage.database import Database
from storage.records import EditRecord
from storage.schema import decisions


class EditRecords:
    """The edit requests of a ledger. Only the newest of a job counts; earlier publications stay in the store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def decide(self, job_id: str, request: Mapping[str, object], manifest: str) -> None:
        """Store the edit request of a job in place of an earlier one.

        `manifest` is empty if the request could not be carried out.
        """
        row = {"job": job_id, "decision": dict(request), "manifest": manifest, "at": self._db.now}
        changing = self._db.insert(decisions).values(**row)
        with self._db.begin() as connection:
            connection.execute(changing.on_conflict_do_update(index_elements=[decisions.c.job], set_=row))

    def withdraw(self, job_id: str) -> bool:
        """Remove the edit request of a job; return False if there was none."""
        with self._db.begin() as connection:
            gone = connection.execute(delete(decisions).where(decisions.c.job == job_id).returning(decisions.c.job))
            return gone.one_or_none() is not None

    def manifests(self) -> frozenset[str]:
        """Return the keys of the manifests of all derived publications that stand now."""
        with self._db.begin() as connection:
            return frozenset(connection.execute(select(decisions.c.manifest)).scalars())

    def of(self, job_ids: Sequence[str]) -> dict[str, EditRecord]:
        """Return the edit requests of these jobs by job id, without the jobs that have none."""
        query = select(decisions).where(decisions.c.job.in_(job_ids))
        with self._db.begin() as connection:
            rows = connection.execute(query).all()
        return {row.job: EditRecord(row.job, dict(row.decision), row.manifest) for row in rows}
