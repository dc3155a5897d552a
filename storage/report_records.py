"""Define the frozen records of reports and contacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ReportState = Literal["draft", "submitted", "returned", "accepted"]


@dataclass(frozen=True, slots=True)
class UnitReport:
    """One version of the report that a unit files for one due date.

    `deadline`: its key in the campaign file; `planned`: the day by the plan, as YYYY-MM-DD. `revision`: how often this
    version was saved. `counts`: by name. `items`: the jobs attached. `has`: the needs that it met when it was
    submitted. `author`, `decider`: names of people. `reason`: why it was returned. `first`: when the report's first
    version was submitted.
    """

    id: str
    unit: str
    deadline: str
    planned: str
    version: int
    revision: int
    state: ReportState
    text: str
    counts: Mapping[str, int]
    items: tuple[str, ...]
    has: tuple[str, ...]
    author: str
    reason: str
    decider: str
    created: float
    submitted: float | None
    decided: float | None
    first: float | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """The person who answers for a unit (联络员): personal data, which only operators see."""

    unit: str
    name: str
    telephone: str
    updated: float
