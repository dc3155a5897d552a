"""Keep the hazards that were found, and the measures against them."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, update

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

    def add(self, values: Mapping[str, Any], year: int) -> HazardRecord | None:
        """Add a hazard; None where its number is another's."""
        row = _row(values)
        with self._db.begin() as connection:
            lock(self._db, connection, "hazards")
            if row["number"] and self._found(connection, {"number": row["number"]}):
                return None
            numbers = self._numbers(connection, year, frozenset())
            return self._new(connection, {**row, "number": row["number"] or next(numbers)})

    def put(
        self, rows: Sequence[Mapping[str, Any]], year: int, unit: str = ""
    ) -> list[tuple[HazardRecord, bool]] | None:
        """Add hazards, or change those of the same number, all or none; tell of each whether it is new.

        A row that lacks a field leaves it as it is, or blank. One without a number is that of the same unit, place,
        text and day, if there is one; else it gets the next number of the year. `unit`: the only one whose hazards may
        be changed; None where a row would change another's.
        """
        given = [_row(values) for values in rows]
        named = frozenset(row["number"] for row in given if row.get("number"))
        with self._db.begin() as connection:
            lock(self._db, connection, "hazards")
            numbers = self._numbers(connection, year, named)
            olds = [self._found(connection, _same(row)) for row in given]
            if unit and any(old and old.unit != unit for old in olds):
                return None
            return [self._put(connection, row, old, numbers) for row, old in zip(given, olds, strict=True)]

    def _put(
        self, connection: Connection, row: Mapping[str, Any], old: Row[Any] | None, numbers: Iterator[str]
    ) -> tuple[HazardRecord, bool]:
        if old is None:
            number = row.get("number") or next(numbers)
            return self._new(connection, {**_BLANK, **row, "number": number}), True
        values = {**row, "number": old.number, "revision": hazards.c.revision + 1, "updated": self._db.now}
        changed = update(hazards).where(hazards.c.id == old.id).values(**values)
        return _record(connection.execute(changed.returning(*hazards.c)).one()), False

    def _new(self, connection: Connection, row: Mapping[str, Any]) -> HazardRecord:
        values = {**row, "id": secrets.token_hex(6), "revision": 1, "created": self._db.now, "updated": self._db.now}
        return _record(connection.execute(hazards.insert().values(**values).returning(*hazards.c)).one())

    def _found(self, connection: Connection, same: Mapping[str, Any]) -> Row[Any] | None:
        its = [hazards.c[name] == value for name, value in same.items()]
        return connection.execute(select(hazards).where(*its).limit(1)).one_or_none()

    def _numbers(self, connection: Connection, year: int, taken: frozenset[str]) -> Iterator[str]:
        """Yield numbers of the year that no hazard has and none of `taken` is, rising."""
        begun = f"{year}-"
        query = select(hazards.c.number).where(hazards.c.number.like(f"{begun}%"))
        used = taken | set(connection.execute(query).scalars())
        numbers = (f"{begun}{count:04d}" for count in itertools.count(1))
        return (number for number in numbers if number not in used)


_SAME = ("unit", "place", "text", "found")


_BLANK = {
    **dict.fromkeys(("place", "text", "level", "deadline", "responsible", "measure", "done", "pair"), ""),
    "state": "open",
    "items": [],
}


def _same(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return by what a row is known to be a hazard that is there."""
    return {"number": row["number"]} if row.get("number") else {name: row[name] for name in _SAME}


def _row(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: [*value] if name == "items" else storable(value) for name, value in values.items()}


def _record(row: Row[Any]) -> HazardRecord:
    found = dict(row._mapping)
    return HazardRecord(**{**found, "items": tuple(found["items"])})
