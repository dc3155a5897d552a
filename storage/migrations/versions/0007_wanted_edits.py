"""Add the edits that were asked for on a page and are still to be made."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, Float, Integer, String, Text

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "wanted_edits",
        Column("job", String(40), primary_key=True),
        Column("request", JSON, nullable=False),
        Column("base", String(16), nullable=False),
        Column("owner", String(16), nullable=False),
        Column("name", Text, nullable=False),
        Column("at", Float, nullable=False),
        Column("due", Float, nullable=False),
        Column("tries", Integer, nullable=False),
        Column("percent", Float, nullable=False),
        Column("failure", Text, nullable=False),
        if_not_exists=True,  # ledgers without a version may have any of the tables (ADR 0017)
    )
