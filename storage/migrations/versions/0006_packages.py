"""Add packages: sets of jobs to download at once, by their owner or by a link."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, Float, String, Text

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "packages",
        Column("id", String(16), primary_key=True),
        Column("digest", String(64), nullable=False),
        Column("owner", String(16), nullable=False),
        Column("name", Text, nullable=False),
        Column("preset", String(16), nullable=False),
        Column("jobs", JSON, nullable=False),
        Column("created", Float, nullable=False),
        Column("expires", Float, nullable=False),
        Column("revoked", Float),
        if_not_exists=True,  # ledgers without a version may have any of the tables (ADR 0017)
    )
    op.create_index("ix_packages_digest", "packages", ["digest"], if_not_exists=True)
    op.create_index("ix_packages_owner", "packages", ["owner"], if_not_exists=True)
