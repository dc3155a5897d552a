"""Index the codes of jobs' findings, so that a list is asked for, and counted, by them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select

from storage.database import Database
from storage.schema import codes, jobs


def enter_codes(database: Database, connection: Connection, row: Row[Any]) -> None:
    """Index the findings of a job again, given its row."""
    connection.execute(delete(codes).where(codes.c.job == row.id))
    found = [{"job": row.id, "code": code} for code in sorted({finding["code"] for finding in row.findings})]
    if found:
        connection.execute(database.insert(codes).on_conflict_do_nothing(), found)


def has_code(code: str) -> ColumnElement[bool]:
    """Return the condition that a job has a finding of this code."""
    return jobs.c.id.in_(select(codes.c.job).where(codes.c.code == code))
