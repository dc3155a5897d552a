"""Add the reports that units file, in versions, and the contact of each unit."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, Float, Integer, String, Text, UniqueConstraint

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make both tables."""
    # Ledgers without a version may have any of the tables (ADR 0017).
    op.create_table(
        "reports",
        Column("id", String(16), primary_key=True),
        Column("unit", Text, nullable=False),
        Column("deadline", Text, nullable=False),
        Column("planned", String(10), nullable=False),
        Column("version", Integer, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("state", String(16), nullable=False),
        Column("text", Text, nullable=False),
        Column("counts", JSON, nullable=False),
        Column("items", JSON, nullable=False),
        Column("has", JSON, nullable=False),
        Column("author", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("decider", Text, nullable=False),
        Column("created", Float, nullable=False),
        Column("submitted", Float),
        Column("decided", Float),
        UniqueConstraint("unit", "deadline", "planned", "version"),
        if_not_exists=True,
    )
    op.create_table(
        "contacts",
        Column("unit", Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("telephone", Text, nullable=False),
        Column("updated", Float, nullable=False),
        if_not_exists=True,
    )
