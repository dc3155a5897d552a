"""Keep the edits that were asked for on a page until a worker has made them: one a job, the newest."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, func, select, update

from storage.database import Database
from storage.locks import lock
from storage.records import WantedEdit
from storage.schema import wanted_edits


class WantedEdits:
    """The edits of a ledger that are still to be made."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def lock(self, job: str) -> None:
        """Admit one transaction at a time that reads and then enters an edit of this job."""
        with self._db.begin() as connection:
            lock(self._db, connection, f"edit:{job}")

    def ask(self, job: str, request: Mapping[str, object], base: str, owner: str, name: str) -> WantedEdit:
        """Enter an edit in place of one that the job waits for, or that was given up. `base`: what it was made upon."""
        row = {
            "request": dict(request),
            "base": base,
            "owner": owner,
            "name": name,
            "tries": 0,
            "percent": 0.0,
            "failure": "",
        }
        row |= {"at": self._db.now, "due": self._db.now}
        asking = self._db.insert(wanted_edits).values(job=job, **row)
        asking = asking.on_conflict_do_update(index_elements=[wanted_edits.c.job], set_=row)
        with self._db.begin() as connection:
            return WantedEdit(**connection.execute(asking.returning(*wanted_edits.c)).one()._mapping)

    def of(self, job: str) -> WantedEdit | None:
        """Return the edit that a job waits for, or that was given up."""
        with self._db.begin() as connection:
            row = connection.execute(select(wanted_edits).where(wanted_edits.c.job == job)).one_or_none()
        return WantedEdit(**row._mapping) if row else None

    def due(self) -> list[WantedEdit]:
        """Return the edits that may be made now, the one asked for first at the head."""
        going = (wanted_edits.c.failure == "", wanted_edits.c.due <= self._db.now)
        query = select(wanted_edits).where(*going).order_by(wanted_edits.c.at, wanted_edits.c.job)
        with self._db.begin() as connection:
            return [WantedEdit(**row._mapping) for row in connection.execute(query).all()]

    def count_due(self) -> int:
        """Return the number of edits that may be made now."""
        going = (wanted_edits.c.failure == "", wanted_edits.c.due <= self._db.now)
        with self._db.begin() as connection:
            return connection.execute(select(func.count()).select_from(wanted_edits).where(*going)).scalar_one()

    def progress(self, edit: WantedEdit, percent: float) -> None:
        """Note how far an edit is."""
        self._change(edit, percent=percent)

    def begin(self, edit: WantedEdit) -> None:
        """Count an attempt."""
        self._change(edit, tries=wanted_edits.c.tries + 1)

    def postpone(self, edit: WantedEdit, seconds: float, *, uncounted: bool = False) -> None:
        """Try an edit again after `seconds`. `uncounted`: the attempt that was begun was none."""
        self._change(edit, due=self._db.now + seconds, tries=wanted_edits.c.tries - int(uncounted), percent=0.0)

    def give_up(self, edit: WantedEdit, failure: str) -> None:
        """Keep an edit with the reason, in Chinese, why it is not made."""
        self._change(edit, failure=failure, percent=0.0)

    def _change(self, edit: WantedEdit, **values: object) -> None:
        its = (wanted_edits.c.job == edit.job, wanted_edits.c.at == edit.at)
        with self._db.begin() as connection:
            connection.execute(update(wanted_edits).where(*its).values(**values))

    def done(self, edit: WantedEdit) -> None:
        """Remove an edit, unless a newer one has taken its place."""
        its = (wanted_edits.c.job == edit.job, wanted_edits.c.at == edit.at)
        with self._db.begin() as connection:
            connection.execute(delete(wanted_edits).where(*its))
