"""Counters that only rise, shared by every worker: how many, how long, how much CPU."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import select

from storage.database import Database
from storage.schema import tallies

Label = tuple[tuple[str, str], ...]  # name and value, in the order of their names
Tally = tuple[str, Label]


class Tallies:
    """One row a counter and set of labels."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, amounts: Mapping[Tally, float]) -> None:
        """Add to each, always in the same order, or two workers would wait for each other."""
        rows = [
            {"name": name, "labels": json.dumps(labels), "value": amount}
            for (name, labels), amount in sorted(amounts.items())
        ]
        if rows:
            new = self._db.insert(tallies)
            adding = {"value": tallies.c.value + new.excluded.value}
            keys = [tallies.c.name, tallies.c.labels]
            with self._db.begin() as connection:
                connection.execute(new.on_conflict_do_update(index_elements=keys, set_=adding), rows)

    def all(self) -> dict[Tally, float]:
        """Every counter as it stands."""
        with self._db.begin() as connection:
            rows = connection.execute(select(tallies).order_by(tallies.c.name, tallies.c.labels)).all()
        return {(row.name, tuple((k, v) for k, v in json.loads(row.labels))): row.value for row in rows}
