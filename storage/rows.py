"""Convert rows of `jobs` to :mod:`storage.records`, and add the times to the changes of a job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Row

from storage.changes import JobChanges
from storage.database import Database
from storage.records import Job, RecordedFinding

_FINDING = [field.name for field in fields(RecordedFinding)]


def job_of(row: Row[Any]) -> Job:
    """Return the job of a complete row of `jobs`."""
    columns = dict(row._mapping)
    return Job(**{**columns, "findings": findings_of(columns["findings"])})


def findings_of(rows: Iterable[Mapping[str, str]]) -> tuple[RecordedFinding, ...]:
    """Return the findings of a job from the value of its column `findings`."""
    return tuple(RecordedFinding(**{name: row[name] for name in _FINDING if name in row}) for row in rows)


def rows_of(findings: Iterable[RecordedFinding]) -> list[dict[str, str]]:
    """Return the value of the column `findings` for these findings."""
    return [asdict(finding) for finding in findings]


def stamped(database: Database, changes: JobChanges, wait: float = 0.0) -> dict[str, Any]:
    """Return the changes of a job with their times; a queued job may be claimed `wait` seconds from now."""
    times = {"updated": database.now}
    if changes.get("state") == "queued":
        times |= {"queued": database.now, "due": database.now + wait}
    if changes.get("state") == "running":
        times |= {"started": database.now}
    kept = {"findings": rows_of(changes["findings"])} if "findings" in changes else {}
    return {**times, **changes, **kept}
