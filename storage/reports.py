"""Keep the reports that units file, every submitted version of them, and the units' contacts."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, func, select, update

from storage.database import Database
from storage.report_records import Contact, ReportState, UnitReport
from storage.report_schema import contacts, reports
from storage.texts import storable

_COLUMNS = [field.name for field in fields(UnitReport) if field.name != "first"]


@dataclass(frozen=True, slots=True)
class ReportKey:
    """The report of one unit for one due date of a deadline; `planned` as YYYY-MM-DD."""

    unit: str
    deadline: str
    planned: str


class ReportBook:
    """The reports and contacts of a ledger."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def filed(self, unit: str = "") -> list[UnitReport]:
        """Return every version that was submitted, of all reports or of one unit's, older versions first."""
        its = [reports.c.submitted.is_not(None), *([reports.c.unit == unit] if unit else [])]
        with self._db.begin() as connection:
            rows = connection.execute(_with_first().where(*its).order_by(reports.c.version)).all()
        return [_report(row) for row in rows]

    def versions(self, key: ReportKey) -> list[UnitReport]:
        """Return every version of one report, the oldest first."""
        with self._db.begin() as connection:
            rows = connection.execute(_with_first().where(*_of(key)).order_by(reports.c.version)).all()
        return [_report(row) for row in rows]

    def save(self, key: ReportKey, seen: tuple[int, int], **values: Any) -> UnitReport | None:
        """Save a draft: the newest version if it is one, else a new version after it.

        `seen`: version and revision that its author has read, (0, 0) of nothing. Return None where there is a newer
        one, or the newest was accepted.
        """
        values = {name: storable(value) if isinstance(value, str) else value for name, value in values.items()}
        with self._db.begin() as connection:
            newest = connection.execute(
                select(reports).where(*_of(key)).order_by(reports.c.version.desc()).limit(1).with_for_update()
            ).one_or_none()
            if seen != ((newest.version, newest.revision) if newest else (0, 0)):
                return None
            if newest and newest.state == "draft":
                changed = (
                    update(reports).where(reports.c.id == newest.id).values(**values, revision=newest.revision + 1)
                )
            elif newest is None or newest.state != "accepted":
                changed = self._next(key, newest.version + 1 if newest else 1, values)
            else:
                return None
            row = connection.execute(changed.returning(*reports.c)).one_or_none()
        return _report(row) if row else None

    def _next(self, key: ReportKey, version: int, values: Mapping[str, Any]) -> Any:
        blank = {"has": [], "reason": "", "decider": "", "state": "draft", "revision": 1}
        row = {"id": secrets.token_hex(6), **asdict(key), "version": version, **blank, **values}
        return (
            self._db.insert(reports)
            .values(**row, created=self._db.now)
            .on_conflict_do_nothing(index_elements=["unit", "deadline", "planned", "version"])
        )

    def submit(self, report: str, revision: int, has: Sequence[str], author: str) -> UnitReport | None:
        """Submit a draft as it was read; None where it was changed or submitted meanwhile."""
        its = (reports.c.id == report, reports.c.state == "draft", reports.c.revision == revision)
        return self._change(its, state="submitted", has=[*has], author=storable(author), submitted=self._db.now)

    def decide(
        self, report: str, seen: Sequence[ReportState], state: ReportState, decider: str, reason: str = ""
    ) -> UnitReport | None:
        """Accept or return a report that is in one of these states; None where it is in another."""
        its = (reports.c.id == report, reports.c.state.in_(seen))
        said = {"decider": storable(decider), "reason": storable(reason), "decided": self._db.now}
        return self._change(its, state=state, **said)

    def _change(self, its: Sequence[ColumnElement[bool]], **values: Any) -> UnitReport | None:
        with self._db.begin() as connection:
            row = connection.execute(update(reports).where(*its).values(**values).returning(*reports.c)).one_or_none()
        return _report(row) if row else None

    # --- contacts -------------------------------------------------------------------------------------------

    def contacts(self) -> dict[str, Contact]:
        """Return the contacts by unit."""
        with self._db.begin() as connection:
            return {row.unit: Contact(**row._mapping) for row in connection.execute(select(contacts)).all()}

    def name_contact(self, unit: str, name: str, telephone: str) -> None:
        """Set a unit's contact; an empty name removes it."""
        with self._db.begin() as connection:
            if not name:
                connection.execute(delete(contacts).where(contacts.c.unit == unit))
                return
            said = {"name": storable(name), "telephone": storable(telephone), "updated": self._db.now}
            entering = self._db.insert(contacts).values(unit=unit, **said)
            connection.execute(entering.on_conflict_do_update(index_elements=[contacts.c.unit], set_=said))


def _of(key: ReportKey) -> tuple[ColumnElement[bool], ...]:
    return (reports.c.unit == key.unit, reports.c.deadline == key.deadline, reports.c.planned == key.planned)


def _with_first() -> Select[Any]:
    """Return a query of reports, each with the time at which its first version was submitted."""
    same = (reports.c.unit, reports.c.deadline, reports.c.planned)
    return select(*reports.c, func.min(reports.c.submitted).over(partition_by=same).label("first"))


def _report(row: Row[Any]) -> UnitReport:
    found = {name: row._mapping[name] for name in _COLUMNS}
    found |= {"items": tuple(row.items), "has": tuple(row.has), "first": row._mapping.get("first", row.submitted)}
    return UnitReport(**found)
