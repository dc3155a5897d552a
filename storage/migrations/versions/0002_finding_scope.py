"""Add a scope to the findings of jobs, which was derived from their code and text before (ADR 0019)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alembic import op
from sqlalchemy import JSON, Column, MetaData, String, Table, select, update

revision = "0002"
down_revision = "0001"

_AT_ONCE = 500  # jobs per query
_ON_EDITIONS = {
    "edition-pending",
    "edition-dropped",
    "pair-dropped",
    "channel-gone",
    "caption-cut",
    "too-short-to-level",
    "not-aligned",
}
_IN_PEOPLES_WORDS = {"unknown-unit", "unknown-activity"}  # a unit may be called anything, even "(channel-tv.mp4)"

jobs = Table("jobs", MetaData(), Column("id", String(40), primary_key=True), Column("findings", JSON))


def upgrade() -> None:
    """Give every finding a scope, 500 jobs at a time."""
    connection, after = op.get_bind(), ""
    while rows := connection.execute(
        select(jobs.c.id, jobs.c.findings).where(jobs.c.id > after).order_by(jobs.c.id).limit(_AT_ONCE)
    ).all():
        for job_id, findings in rows:
            if findings:
                connection.execute(update(jobs).where(jobs.c.id == job_id).values(findings=_scoped(findings)))
        after = rows[-1][0]


def _scoped(findings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the findings with their scope, by the rule that was in force before."""
    return [{**found, "scope": "edition" if _is_on_edition(found) else "original"} for found in findings]


def _is_on_edition(found: dict[str, Any]) -> bool:
    if found.get("code") in _IN_PEOPLES_WORDS:
        return False
    return found.get("code") in _ON_EDITIONS or "(channel-" in str(found.get("actual", ""))
