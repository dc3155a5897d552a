"""Index the words of the jobs that are there."""

from __future__ import annotations

import unicodedata
from itertools import pairwise
from typing import Any

from alembic import op
from sqlalchemy import JSON, Column, MetaData, Row, String, Table, Text, delete, insert, select

revision = "0003"
down_revision = "0002"

_AT_ONCE = 500  # jobs per query
_MOST = 4000  # characters of a text

_tables = MetaData()
jobs = Table(
    "jobs",
    _tables,
    Column("id", String(40), primary_key=True),
    *(Column(name, Text) for name in ("name", "unit", "place", "activity")),
    Column("findings", JSON),
)
terms = Table("terms", _tables, Column("term", String(8)), Column("job", String(40)))


def upgrade() -> None:
    """Make the table, and enter every job, 500 at a time."""
    op.create_table(
        "terms",
        Column("term", String(8), primary_key=True),
        Column("job", String(40), primary_key=True),
        if_not_exists=True,  # ledgers without a version may have any of the tables (ADR 0017)
    )
    op.create_index("ix_terms_job", "terms", ["job"], if_not_exists=True)
    connection, after = op.get_bind(), ""
    connection.execute(delete(terms))
    while rows := connection.execute(select(jobs).where(jobs.c.id > after).order_by(jobs.c.id).limit(_AT_ONCE)).all():
        found = [{"job": row.id, "term": term} for row in rows for term in sorted(_terms(row))]
        if found:
            connection.execute(insert(terms), found)
        after = rows[-1].id


def _terms(row: Row[Any]) -> set[str]:
    texts = [row.name, row.unit, row.place, row.activity, *(found.get("text", "") for found in row.findings or ())]
    words = (f"{word} " for text in texts if text for word in _words(text[:_MOST]))
    return {first + second for word in words for first, second in pairwise(word)}


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char if char.isalnum() else " " for char in plain).split()
