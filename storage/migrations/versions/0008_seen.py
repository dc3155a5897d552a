"""Add the words that were read in a publication's pictures."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text, inspect

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column."""
    # Ledgers without a version may have any of the columns (ADR 0017).
    if "seen" not in {column["name"] for column in inspect(op.get_bind()).get_columns("jobs")}:
        op.add_column("jobs", Column("seen", Text, nullable=False, server_default=""))
