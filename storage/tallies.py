"""Keep counters that only rise, shared by all workers: numbers of events, durations, CPU time."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import select

from storage.database import Database
from storage.schema import tallies

Label = tuple[tuple[str, str], ...]  # name and value, in the order of their names
Tally = tuple[str, Label]


class Tallies:
    """The counters of a ledger, one row per name and set of labels."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, amounts: Mapping[Tally, float]) -> None:
        """Add an amount to each counter, always in the same order, as two workers would deadlock otherwise."""
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
        """Return the current value of every counter."""
        with self._db.begin() as connection:
            rows = connection.execute(select(tallies).order_by(tallies.c.name, tallies.c.labels)).all()
        return {(row.name, tuple((k, v) for k, v in json.loads(row.labels))): row.value for row in rows}
