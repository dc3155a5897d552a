"""Convert rows of `jobs` to :mod:`storage.records`, and add the times to the changes of a job."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from storage.changes import JobChanges
from storage.database import Database
from storage.records import Job


def job_of(row: Row[Any]) -> Job:
    """Return the job of a complete row of `jobs`."""
    fields = dict(row._mapping)
    return Job(**{**fields, "findings": tuple(fields["findings"])})


def stamped(database: Database, changes: JobChanges, wait: float = 0.0) -> dict[str, Any]:
    """Return the changes of a job with their times; a queued job may be claimed `wait` seconds from now."""
    times = {"updated": database.now}
    if changes.get("state") == "queued":
        times |= {"queued": database.now, "due": database.now + wait}
    if changes.get("state") == "running":
        times |= {"started": database.now}
    return {**times, **changes}
