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
        Column("job", String(40), nullable=False),
        Column("at", Float, nullable=False),
        Column("owner", String(16), nullable=False),
        Column("name", Text, nullable=False),
        Column("milliseconds", Integer),
        Column("text", Text, nullable=False),
        if_not_exists=True,  # ledgers without a version may have any of the tables (ADR 0017)
    )
    op.create_table(
        "reviews",
        Column("job", String(40), primary_key=True),
        Column("state", String(16), nullable=False),
        Column("at", Float, nullable=False),
        Column("owner", String(16), nullable=False),
        Column("name", Text, nullable=False),
        if_not_exists=True,  # ledgers without a version may have any of the tables (ADR 0017)
    )
    op.create_index("ix_comments_job", "comments", ["job"], if_not_exists=True)
    op.create_index("ix_reviews_state", "reviews", ["state"], if_not_exists=True)
