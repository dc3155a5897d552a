"""Type the columns that callers may set, change and select jobs by, so that mypy refuses a misspelt column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

from storage.records import RecordedFinding, State

Order = Literal["newest", "oldest", "event", "name"]


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
    seen: str
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
    """The criteria of a list of jobs; all that are given hold.

    `since` and `until` are ISO 8601 days of the event, both included; `received_since` and `received_until` seconds
    since 1970, the second not included. `finding`: a code. `words`: all of which the job's name, unit, place, activity,
    findings or pictures have; `named`: by word, the activities and programmes whose names have it. `review`: a state of
    review. `only_unit`: the unit that the caller may see, whatever `unit` is asked for. `before`: the id of the job
    after which the list goes on; from the beginning where there is no such job. `stacked`: of photos that look the same
    only the sharpest; `burst`: the photos that look the same as this job's. `order`: `newest` received first where it
    is missing. `limit`: the number of jobs at most.
    """

    states: Sequence[str]
    programme: str
    unit: str
    activity: str
    submitter: str
    since: str
    until: str
    pair: str
    words: str
    named: Mapping[str, Sequence[str]]
    review: str
    lane: str
    finding: str
    received_since: float
    received_until: float
    stacked: bool
    burst: str
    order: Order
    only_unit: str
    before: str
    limit: int
