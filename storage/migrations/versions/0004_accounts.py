"""Add accounts with a role, and the account and the unit that a key is bound to."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, String, Text, inspect

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table, and add the two columns: the keys that are there are bound to no account and to no unit."""
    op.create_table(
        "accounts",
        Column("id", String(16), primary_key=True),
        Column("name", Text, nullable=False, unique=True),
        Column("role", String(16), nullable=False),
        Column("unit", Text, nullable=False),
        Column("digest", Text, nullable=False),
        Column("secret", String(64), nullable=False),
        Column("step", BigInteger, nullable=False),
        Column("fresh", Boolean, nullable=False),
        Column("misses", Integer, nullable=False),
        Column("locked", Float, nullable=False),
        Column("created", Float, nullable=False),
        Column("closed", Float),
        if_not_exists=True,  # ledgers without a version may have any of the tables (ADR 0017)
    )
    there = {column["name"] for column in inspect(op.get_bind()).get_columns("keys")}
    if "account" not in there:
        op.add_column("keys", Column("account", String(16), nullable=False, server_default=""))
    if "unit" not in there:
        op.add_column("keys", Column("unit", Text, nullable=False, server_default=""))
