"""Type the columns that callers may set, change and select jobs by, so that mypy refuses a misspelt column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from storage.records import RecordedFinding, State


class JobChanges(TypedDict, total=False):
    """The columns of a job that change while it is processed; :class:`storage.records.Job` explains them."""

    state: State
    stage: str
    percent: float
    speed: float
    lane: str
    original: str
    size: int
    recipe: str
    manifest: str
    findings: Sequence[RecordedFinding]
    code: str
    attempts: int
    queued: float
    deaths: int
    needs: Mapping[str, int]


class JobFields(JobChanges, total=False):
    """The columns that a job may be created with, besides its name and programme."""

    unit: str
    activity: str
    place: str
    date: str
    pair: str
    side: str
    submitter: str


class Selection(TypedDict, total=False):
    """The arguments of :meth:`storage.ledger.Ledger.find`, for callers that pass them on."""

    states: Sequence[str]
    programme: str
    unit: str
    activity: str
    submitter: str
    since: str
    until: str
    pair: str
    words: str
    before: str
    limit: int
