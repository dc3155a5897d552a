"""Read which period a package of evidence is for. This module does no I/O."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from pipelines.domain.campaign import Campaign
from pipelines.domain.due_dates import DueDate, due_dates
from pipelines.domain.errors import WrongUse

_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_FIRST, _LAST = 1971, 9998  # years
_HOW = "写成报送截止日（2001-07-10）、月份（2001-07）或起止日期（2001-06-01..2001-07-10）"


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included; `due`: the report that they belong to, if it is one."""

    first: date | None = None
    last: date | None = None
    due: DueDate | None = None

    @property
    def key(self) -> str:
        """Return how an address names the period; `period_of` reads it."""
        if self.due:
            return f"{self.due.deadline}:{self.due.planned}"
        return f"{self.first or ''}..{self.last or ''}" if self.first or self.last else ""


def period_of(said: str, campaign: Campaign) -> Period:
    """Return the period that is meant by a due date, its day, a month or two days; all days for an empty text.

    Of several reports that are due on a day, one that asks for media. Raises WrongUse.
    """
    said = said.strip()
    if not said:
        return Period()
    for due in due_dates(campaign):
        if said == f"{due.deadline}:{due.planned}":
            return _of(due)
    try:
        period = _days(said) or _on(date.fromisoformat(said), campaign)
        if any(day and not _FIRST <= day.year <= _LAST for day in (period.first, period.last)):
            raise ValueError("a year beyond the calendar")
        return period
    except ValueError:
        raise WrongUse(f"no period {said[:60]!r}", code="no-period", text=f"没有看懂“{said[:40]}”：{_HOW}。") from None


def _days(said: str) -> Period | None:
    if match := _MONTH.fullmatch(said):
        year, month = int(match[1]), int(match[2])
        return Period(date(year, month, 1), date(year, month, monthrange(year, month)[1]))
    first, dots, last = said.partition("..")
    if not dots:
        return None
    period = Period(date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None)
    if period.first and period.last and period.last < period.first:
        raise ValueError("it ends before it begins")
    return period


def _on(day: date, campaign: Campaign) -> Period:
    """Return the period of the report that is due on a day; of that day alone where none is."""
    found = [due for due in due_dates(campaign) if day in {due.due, due.planned}]
    found.sort(key=lambda due: "media" not in due.needs)
    return _of(found[0]) if found else Period(day, day)


def _of(due: DueDate) -> Period:
    return Period(due.opens, due.planned, due)
