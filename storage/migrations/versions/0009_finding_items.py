"""Add what items are found by: codes of findings, bursts of photos, and searches that people have saved."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Boolean, Column, Float, MetaData, String, Table, Text, delete, insert, select

revision = "0009"
down_revision = "0008"

_AT_ONCE = 500  # jobs per query

_tables = MetaData()
jobs = Table("jobs", _tables, Column("id", String(40), primary_key=True), Column("findings", JSON))
codes = Table("codes", _tables, Column("code", String(40)), Column("job", String(40)))


def upgrade() -> None:
    """Make the tables and the index, and enter every job's codes, 500 jobs at a time."""
    # Ledgers without a version may have any of the tables (ADR 0017).
    op.create_table(
        "codes",
        Column("code", String(40), primary_key=True),
        Column("job", String(40), primary_key=True),
        if_not_exists=True,
    )
    op.create_index("ix_codes_job", "codes", ["job"], if_not_exists=True)
    op.create_table(
        "bursts",
        Column("job", String(40), primary_key=True),
        Column("burst", String(40), nullable=False),
        Column("sharpness", Float, nullable=False),
        Column("best", Boolean, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_bursts_burst", "bursts", ["burst"], if_not_exists=True)
    op.create_table(
        "searches",
        Column("id", String(16), primary_key=True),
        Column("owner", String(16), nullable=False),
        Column("name", Text, nullable=False),
        Column("query", Text, nullable=False),
        Column("created", Float, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_searches_owner", "searches", ["owner"], if_not_exists=True)
    op.create_index("jobs_by_date", "jobs", ["date", "id"], if_not_exists=True)
    _enter_codes()


def _enter_codes() -> None:
    connection, after = op.get_bind(), ""
    connection.execute(delete(codes))
    while rows := connection.execute(select(jobs).where(jobs.c.id > after).order_by(jobs.c.id).limit(_AT_ONCE)).all():
        found = [
            {"job": row.id, "code": code}
            for row in rows
            for code in sorted({finding["code"] for finding in row.findings or ()})
        ]
        if found:
            connection.execute(insert(codes), found)
        after = rows[-1].id
