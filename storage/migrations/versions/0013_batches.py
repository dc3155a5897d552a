"""Add batches: jobs that are made again together, with what stood before."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column, Float, Integer, String, Text

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make both tables."""
    # Ledgers without a version may have them (ADR 0017).
    op.create_table(
        "batches",
        Column("id", String(16), primary_key=True),
        Column("name", Text, nullable=False),
        Column("owner", Text, nullable=False),
        Column("selector", JSON, nullable=False),
        Column("estimate", JSON, nullable=False),
        Column("state", String(16), nullable=False),
        Column("rate", Integer, nullable=False),
        Column("created", Float, nullable=False),
        Column("finished", Float),
        if_not_exists=True,
    )
    op.create_index("ix_batches_state", "batches", ["state"], if_not_exists=True)
    op.create_table(
        "batch_items",
        Column("batch", String(16), primary_key=True),
        Column("job", String(40), primary_key=True),
        Column("place", Integer, nullable=False),
        Column("state", String(16), nullable=False),
        Column("before", JSON, nullable=False),
        Column("after", JSON, nullable=False),
        Column("reason", Text, nullable=False),
        Column("queued", Float),
        Column("ended", Float),
        if_not_exists=True,
    )
    op.create_index("ix_batch_items_state", "batch_items", ["batch", "state", "place"], if_not_exists=True)
    op.create_index("ix_batch_items_job", "batch_items", ["job", "state"], if_not_exists=True)
