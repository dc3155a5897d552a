"""Keep the hazards that were found, and the measures against them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from storage.database import Database
from storage.hazard_schema import hazards
from storage.locks import lock
from storage.texts import storable


@dataclass(frozen=True, slots=True)
class HazardRecord:
    """A hazard as it is kept; days as YYYY-MM-DD, empty where there is none. `revision`: how often it was saved."""

    id: str
    number: str
    unit: str
    place: str
    text: str
    level: str
    found: str
    deadline: str
    responsible: str
    measure: str
    state: str
    done: str
    pair: str
    items: tuple[str, ...]
    revision: int
    author: str
    created: float
    updated: float


class HazardBook:
    """The hazards of a ledger."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self, unit: str = "") -> list[HazardRecord]:
        """Return all hazards, or one unit's, by the day they were found and their numbers."""
        query = select(hazards).order_by(hazards.c.found, hazards.c.number)
        with self._db.begin() as connection:
            rows = connection.execute(query.where(hazards.c.unit == unit) if unit else query).all()
        return [_record(row) for row in rows]

    def of(self, hazard: str) -> HazardRecord | None:
        """Return a hazard by its id."""
        with self._db.begin() as connection:
            row = connection.execute(select(hazards).where(hazards.c.id == hazard)).one_or_none()
        return _record(row) if row else None

    def save(self, hazard: str, seen: int, values: Mapping[str, Any]) -> HazardRecord | None:
        """Change a hazard as it was read; None where it was changed meanwhile, or its number is another's."""
        row = _row(values)
        with self._db.begin() as connection:
            lock(self._db, connection, "hazards")
            taken = select(hazards.c.id).where(hazards.c.number == row["number"], hazards.c.id != hazard)
            if connection.execute(taken).first():
                return None
            its = (hazards.c.id == hazard, hazards.c.revision == seen)
            changed = update(hazards).where(*its).values(**row, revision=seen + 1, updated=self._db.now)
            made = connection.execute(changed.returning(*hazards.c)).one_or_none()
        return _record(made) if made else None

    def put(self, rows: Sequence[Mapping[str, Any]], year: int) -> list[tuple[HazardRecord, bool]]:
        """Add hazards, or change those of the same number, all or none; tell of each whether it is new.

        A row without a number is that of the same unit, place, text and day, if there is one; else it gets the next
        number of the year.
        """
        with self._db.begin() as connection:
            lock(self._db, connection, "hazards")
            return [self._put(connection, _row(values), year) for values in rows]

    def _put(self, connection: Connection, row: Mapping[str, Any], year: int) -> tuple[HazardRecord, bool]:
        same = {"number": row["number"]} if row["number"] else {name: row[name] for name in _SAME}
        its = [hazards.c[name] == value for name, value in same.items()]
        old = connection.execute(select(hazards).where(*its).limit(1)).one_or_none()
        if old:
            values = {**row, "number": old.number, "revision": old.revision + 1, "updated": self._db.now}
            changed = update(hazards).where(hazards.c.id == old.id).values(**values)
            return _record(connection.execute(changed.returning(*hazards.c)).one()), False
        number = row["number"] or self._next(connection, year)
        values = {**row, "number": number, "id": secrets.token_hex(6), "revision": 1}
        made = hazards.insert().values(**values, created=self._db.now, updated=self._db.now)
        return _record(connection.execute(made.returning(*hazards.c)).one()), True

    def _next(self, connection: Connection, year: int) -> str:
        """Return a number of the year that no hazard has."""
        begun = f"{year}-"
        count = connection.execute(
            select(func.count()).select_from(hazards).where(hazards.c.number.like(f"{begun}%"))
        ).scalar_one()
        while True:
            count += 1
            number = f"{begun}{count:04d}"
            if connection.execute(select(hazards.c.id).where(hazards.c.number == number)).first() is None:
                return number


_SAME = ("unit", "place", "text", "found")


def _row(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: [*value] if name == "items" else storable(value) for name, value in values.items()}


def _record(row: Row[Any]) -> HazardRecord:
    found = dict(row._mapping)
    return HazardRecord(**{**found, "items": tuple(found["items"])})
