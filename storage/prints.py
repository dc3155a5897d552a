"""Store a 64-bit perceptual hash of each published photo, to find near-duplicates."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from sqlalchemy import ColumnElement, func, or_, select

from storage.database import Database
from storage.locks import lock
from storage.records import Print
from storage.schema import prints


class Prints:
    """The perceptual hashes of a ledger, one row per original: that of the job that published it first."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, made: Print) -> None:
        """Add the hash of a photo. A second delivery of the same original changes nothing.

        The table is locked to the end of the transaction: of two photos that come together, the second sees the first.
        """
        row = self._db.insert(prints).values(
            original=made.original, bits=made.bits, sharpness=made.sharpness, job=made.job, at=self._db.now
        )
        with self._db.begin() as connection:
            lock(self._db, connection, "prints")
            connection.execute(row.on_conflict_do_nothing(index_elements=[prints.c.original]))

    def near(self, made: Print, most: int) -> list[Print]:
        """Return the other photos whose hash differs in at most `most` bits, nearest first, then oldest first."""
        query = select(prints).where(or_(*_bands(made.bits, most))).order_by(prints.c.at, prints.c.original)
        with self._db.begin() as connection:
            rows = connection.execute(query).all()
        others = [Print(row.original, row.bits, row.sharpness, row.job) for row in rows]
        close = [other for other in others if other.original != made.original and apart(made, other) <= most]
        return sorted(close, key=lambda other: apart(made, other))


def apart(one: Print, other: Print) -> int:
    """Count the bits in which two hashes differ."""
    return (int(one.bits, 16) ^ int(other.bits, 16)).bit_count()


def _bands(bits: str, most: int) -> Iterator[ColumnElement[bool]]:
    """Yield one condition per part of the hash; at least one holds for every hash that differs in at most `most` bits.

    The hash is divided into `most` + 1 parts, so one of them is equal. This lets the database discard most rows.
    """
    edges = [number * len(bits) // (most + 1) for number in range(most + 2)]
    for start, end in pairwise(edges):
        yield func.substr(prints.c.bits, start + 1, end - start) == bits[start:end]
