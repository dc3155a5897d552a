"""Add comments with a time code, and the state of review of each job."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Float, Integer, String, Text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "comments",
        Column("id", String(16), primary_key=True),
        Column("job", String(40), nullable=False, index=True),
        Column("at", Float, nullable=False),
        Column("owner", String(16), nullable=False),
        Column("name", Text, nullable=False),
        Column("milliseconds", Integer),
        Column("text", Text, nullable=False),
    )
    op.create_table(
        "reviews",
        Column("job", String(40), primary_key=True),
        Column("state", String(16), nullable=False, index=True),
        Column("at", Float, nullable=False),
        Column("owner", String(16), nullable=False),
        Column("name", Text, nullable=False),
    )
