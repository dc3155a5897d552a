"""Reserve job resources (memory, cores and disk of a machine) before a job starts its work."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, delete, exists, select

from storage.database import Database
from storage.lease_names import job_lease
from storage.locks import live, lock
from storage.records import Reservation
from storage.schema import leases, reservations

Fits = Callable[[Sequence[Reservation]], bool]  # called with the reservations of the machine's other jobs


class Reservations:
    """The reservations of a ledger. Each lasts as long as the lease of its job and need not be released."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def reserve(self, box: str, job_id: str, token: int, needs: dict[str, int], fits: Fits) -> bool:
        """Reserve `needs` of `box` for this job if `fits` agrees; return False otherwise.

        Requests are decided one at a time. `needs` in bytes and cores.
        """
        ours = {"job": job_id, "token": token, "box": box, "needs": needs}
        with self._db.begin() as connection:
            lock(self._db, connection, "reservations")  # for all machines: the job may have run on another one before
            connection.execute(delete(reservations).where(reservations.c.box == box, ~self._is_live()))
            others = select(reservations).where(reservations.c.box == box, reservations.c.job != job_id)
            rows = connection.execute(others).all()
            if not fits([Reservation(row.job, row.token, dict(row.needs)) for row in rows]):
                return False
            entering = self._db.insert(reservations).values(**ours)
            connection.execute(entering.on_conflict_do_update(index_elements=[reservations.c.job], set_=ours))
        return True

    def of(self, box: str) -> list[Reservation]:
        """Return the reservations of this machine that are in force now."""
        with self._db.begin() as connection:
            query = select(reservations).where(reservations.c.box == box, self._is_live())
            return [Reservation(row.job, row.token, dict(row.needs)) for row in connection.execute(query).all()]

    def _is_live(self) -> ColumnElement[bool]:
        return exists(
            select(leases.c.name).where(*live(self._db, job_lease("") + reservations.c.job, reservations.c.token))
        )
