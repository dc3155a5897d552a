"""Add the list of hazards and of the measures against them."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, Float, Integer, String, Text

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the table."""
    # Ledgers without a version may have it (ADR 0017).
    op.create_table(
        "hazards",
        Column("id", String(16), primary_key=True),
        Column("number", String(40), nullable=False, unique=True),
        Column("unit", Text, nullable=False),
        Column("place", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("level", Text, nullable=False),
        Column("found", String(10), nullable=False),
        Column("deadline", String(10), nullable=False),
        Column("responsible", Text, nullable=False),
        Column("measure", Text, nullable=False),
        Column("state", String(16), nullable=False),
        Column("done", String(10), nullable=False),
        Column("pair", Text, nullable=False),
        Column("items", JSON, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("author", Text, nullable=False),
        Column("created", Float, nullable=False),
        Column("updated", Float, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_hazards_unit", "hazards", ["unit"], if_not_exists=True)
