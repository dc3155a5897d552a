"""Define the ledger's tables of batches: jobs that are made again together."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, Integer, String, Table, Text

from storage.schema import metadata

batches = Table(
    "batches",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("selector", JSON, nullable=False),
    Column("estimate", JSON, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("rate", Integer, nullable=False),
    Column("created", Float, nullable=False),
    Column("finished", Float),
)

batch_items = Table(
    "batch_items",
    metadata,
    Column("batch", String(16), primary_key=True),
    Column("job", String(40), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("queued", Float),
    Column("ended", Float),
    Index("ix_batch_items_state", "batch", "state", "place"),
    Index("ix_batch_items_job", "job", "state"),
)
