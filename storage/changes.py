"""What callers may give a job, change of it and ask for. As types, so that mypy refuses a misspelt column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from storage.records import State


class JobChanges(TypedDict, total=False):
    """Columns of a job that change on its way; what they mean is told by :class:`storage.records.Job`."""

    state: State
    stage: str
    percent: float
    speed: float
    lane: str
    original: str
    size: int
    recipe: str
    manifest: str
    findings: Sequence[Mapping[str, str]]
    code: str
    attempts: int
    queued: float
    deaths: int
    needs: Mapping[str, int]


class JobFields(JobChanges, total=False):
    """Columns that a job may be created with, beside its name and programme."""

    unit: str
    activity: str
    place: str
    date: str
    pair: str
    side: str
    submitter: str


class Selection(TypedDict, total=False):
    """Arguments of :meth:`storage.ledger.Ledger.find`, for those who pass them on."""

    states: Sequence[str]
    programme: str
    unit: str
    submitter: str
    since: str
    until: str
    pair: str
    limit: int
