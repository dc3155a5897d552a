"""Read from an address which submissions are asked for, and write the address of the next page."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Annotated, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, field_validator

from pipelines.domain.announcements import Day, Said
from storage.changes import Order, Selection
from storage.records import Job

ReviewName = Literal["", "open", "chosen", "refused"]
LaneName = Literal["", "urgent", "photo", "video", "bulk"]
StateName = Literal["", "received", "queued", "running", "published", "rejected", "failed", "held", "cancelled"]


_FIRST, _LAST = datetime.date(1970, 1, 2), datetime.date(9998, 12, 31)


class Filters(BaseModel):
    """The criteria of a list of submissions; all that are given hold.

    `q`: words of the name, unit, place, activity, findings or pictures. `finding`: a code. `since`, `until`: days of
    the event; `received_since`, `received_until`: days on which it was received; all included. `burst`: a photo, for
    those that look the same. `after`: the last submission of the page before.
    """

    model_config = ConfigDict(extra="forbid")

    q: Said = ""
    unit: Said = ""
    programme: Said = ""
    activity: Said = ""
    state: StateName = ""
    review: ReviewName = ""
    lane: LaneName = ""
    finding: Said = ""
    pair: Said = ""
    since: Day = None
    until: Day = None
    received_since: Day = None
    received_until: Day = None
    burst: Annotated[str, Field(max_length=64)] = ""
    sort: Order = "newest"
    after: Annotated[str, Field(max_length=64)] = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 100

    def selection(self, zone: ZoneInfo) -> Selection:
        """Return the arguments of the ledger's search. `zone`: in which days of receipt begin and end."""
        return Selection(
            words=self.q,
            unit=self.unit,
            programme=self.programme,
            activity=self.activity,
            states=[self.state] if self.state else [],
            review=self.review,
            lane=self.lane,
            finding=self.finding,
            pair=self.pair,
            burst=self.burst,
            received_since=_midnight(self.received_since, zone),
            received_until=_midnight(self.received_until, zone, days=1),
            order=self.sort,
            since=self.since.isoformat() if self.since else "",
            until=self.until.isoformat() if self.until else "",
            before=self.after,
            limit=self.limit + 1,  # one more tells whether there is a page behind this one
        )

    @property
    def is_narrow(self) -> bool:
        """Tell whether any criterion is given, or a page behind the first."""
        return bool(self.model_dump(exclude_defaults=True, exclude={"limit", "sort"}))

    @property
    def is_plain(self) -> bool:
        """Tell whether no criterion but the unit is given: then photos that look the same are stacked."""
        return not self.model_dump(exclude_defaults=True, exclude={"limit", "sort", "after", "unit"})

    @property
    def words(self) -> str:
        """Return the criteria as in an address, without the page."""
        return urlencode(self.model_dump(exclude_defaults=True, mode="json", exclude={"limit", "after"}))

    @property
    def has_more(self) -> bool:
        """Tell whether a criterion is given that a page shows only when it is asked for more."""
        shown = {"q", "unit", "sort", "limit", "after", "burst"}
        return bool(self.model_dump(exclude_defaults=True, exclude=shown))

    def page(self, path: str, found: Sequence[Job]) -> tuple[Sequence[Job], str]:
        """Return this page's jobs, and the address of the page behind them, empty where there is none."""
        jobs = found[: self.limit]
        if len(found) == len(jobs):
            return jobs, ""
        asked = self.model_dump(exclude_defaults=True, mode="json")
        return jobs, f"{path}?{urlencode({**asked, 'after': jobs[-1].id})}"


def _midnight(day: datetime.date | None, zone: ZoneInfo, *, days: int = 0) -> float:
    """Return when a day, or so many days later, begins, in seconds since 1970; 0 for none."""
    if day is None:
        return 0.0
    # The calendar ends with the year 9999, and nothing of ours is older than 1970 or of later than 9998.
    begun = datetime.datetime.combine(min(max(day, _FIRST), _LAST), datetime.time(), zone)
    return (begun + datetime.timedelta(days=days)).timestamp()


class FormFilters(Filters):
    """The same criteria from the page's form, which sends empty fields too."""

    @field_validator("since", "until", "received_since", "received_until", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None


Asked = Annotated[Filters, Query()]
AskedByForm = Annotated[FormFilters, Query()]
