"""Define the ledger's tables of reports and contacts."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Integer, String, Table, Text, UniqueConstraint

from storage.schema import metadata

reports = Table(
    "reports",
    metadata,
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
)

contacts = Table(
    "contacts",
    metadata,
    Column("unit", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("telephone", Text, nullable=False),
    Column("updated", Float, nullable=False),
)
