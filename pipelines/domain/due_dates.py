"""Compute when reports are due, from a campaign's deadlines, extensions and holidays. This module does no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pipelines.domain.campaign import Campaign
from pipelines.domain.deadlines import Deadline, Extension, Holiday, Need

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class DueDate:
    """One date that a report is due. `planned`: by the deadline's own rhythm; `due`: after extensions and holidays.

    `opens`: the first day of the period that it reports on, which ends on `planned`. `moved`: why it was moved.
    """

    due: date
    planned: date
    deadline: str
    name: str
    opens: date
    needs: tuple[Need, ...]
    paper: bool = False
    moved: str = ""


def due_dates(campaign: Campaign) -> tuple[DueDate, ...]:
    """Return every due date of a campaign, the earliest first."""
    found = (due for deadline in campaign.deadlines for due in _of(deadline, campaign))
    return tuple(sorted(found))


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment at which a day is over in this zone."""
    return datetime.combine(day + _DAY, time(), zone)


def _of(deadline: Deadline, campaign: Campaign) -> Iterator[DueDate]:
    opens = deadline.first or min(campaign.windows[deadline.window].first, deadline.on or date.max)
    for planned in deadline.planned():
        due, moved = _moved(planned, deadline, campaign.extensions, campaign.holidays)
        yield DueDate(due, planned, deadline.key, deadline.name, opens, deadline.asked, deadline.paper, moved)
        opens = planned + _DAY


def _moved(
    planned: date, deadline: Deadline, extensions: Sequence[Extension], holidays: Sequence[Holiday]
) -> tuple[date, str]:
    """Return when a report is due after all, and why."""
    for extension in extensions:
        if extension.deadline in {deadline.key, deadline.name} and extension.due == planned:
            return extension.until, extension.reason
    names, due = [holiday.name for holiday in holidays if holiday.first <= planned <= holiday.last], planned
    while covering := [holiday.last for holiday in holidays if holiday.first <= due <= holiday.last]:
        due = max(covering) + _DAY
    return due, "、".join(names)
