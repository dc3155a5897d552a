"""Add the CRC-32 of published outputs, so that a package's bytes are known before they are read."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, inspect

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column."""
    # Ledgers without a version may have it (ADR 0017).
    if "crc32" not in {column["name"] for column in inspect(op.get_bind()).get_columns("assets")}:
        op.add_column("assets", Column("crc32", BigInteger))
