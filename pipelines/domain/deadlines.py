"""Hold what a campaign file says of reports: when they are due, what each needs, and who is excused.

Days are whole days in the campaign's zone. A report is on time until the end of the day it is due: the plan's
“28号前” is by the 28th.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Annotated, Literal

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday
from pydantic import Field, model_validator

from pipelines.domain.profiles import Id, Rule, Text

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEK: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Need = Literal["plan", "contact", "report", "summary", "media"]
NEEDS: dict[Need, str] = {
    "plan": "活动方案",
    "contact": "联络员推荐表",
    "report": "活动开展情况",
    "summary": "活动总结",
    "media": "视频、照片等佐证材料",
}


class Span(Rule):
    """The days from `from` to `to`, both included."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Span:
        if self.last < self.first:
            raise ValueError("'to' is before 'from'")
        return self


class Deadline(Rule):
    """The due dates of a report: once (`on`), every week (`every`), or by a day of each month (`every_month_by`).

    A month that has no such day has its last day instead. `id`: by which reports are kept, the name unless given.
    `evidence`: video and photos are due with it, the older spelling of the need `media`. `paper`: on paper, too.
    """

    name: Text
    window: Id
    id: Id | None = None
    on: date | None = None
    every: Weekday | None = None
    every_month_by: Annotated[int, Field(ge=1, le=31)] | None = None
    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")
    evidence: bool = False
    needs: Annotated[tuple[Need, ...], Field(min_length=1)] = ("report",)
    paper: bool = False

    @model_validator(mode="after")
    def _one_rhythm(self) -> Deadline:
        if sum(x is not None for x in (self.on, self.every, self.every_month_by)) != 1:
            raise ValueError("give exactly one of 'on', 'every', 'every_month_by'")
        if self.on is None and (self.first is None or self.last is None):
            raise ValueError("a repeated deadline needs 'from' and 'to'")
        if self.first and self.last and self.last < self.first:
            raise ValueError("'to' is before 'from'")
        return self

    @property
    def key(self) -> str:
        """Return the id, or the name where there is none."""
        return self.id or self.name

    def planned(self) -> Iterator[date]:
        """Yield its due dates by its own rhythm, without extensions and holidays."""
        if self.on:
            yield self.on
            return
        assert self.first and self.last  # noqa: S101, PT018 - _one_rhythm has checked it
        begins, ends = (datetime.combine(day, time()) for day in (self.first, self.last))
        if self.every:
            days = rrule(WEEKLY, byweekday=weekday(_WEEK.index(self.every)), dtstart=begins, until=ends)
        else:
            # The last of the days up to this one that the month has.
            by = self.every_month_by or 1
            upto = tuple(range(min(by, 28), by + 1))
            days = rrule(MONTHLY, bymonthday=upto, bysetpos=-1, dtstart=begins, until=ends)
        yield from (moment.date() for moment in days)

    @property
    def asked(self) -> tuple[Need, ...]:
        """Return everything that is due, in the order of the file."""
        return (*self.needs, "media") if self.evidence and "media" not in self.needs else self.needs


class Extension(Rule):
    """A later day for one due date of a deadline: `due` as the plan has it, `until` instead."""

    deadline: Text
    due: date
    until: date
    reason: Text

    @model_validator(mode="after")
    def _later(self) -> Extension:
        if self.until <= self.due:
            raise ValueError("'until' is not after 'due'")
        return self


class Holiday(Span):
    """Days on which nothing is due: what would be is due on the first day after them."""

    name: Text


class Exemption(Span):
    """A unit that owes nothing of a deadline, or of any where `deadline` is empty, for due dates within these days."""

    unit: Id
    reason: Text
    deadline: str = ""
