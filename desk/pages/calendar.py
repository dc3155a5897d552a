"""Serve a unit's due dates as a calendar. It holds what the county's published plan says, so no key is needed."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from desk.context import Here
from pipelines.domain.calendar_feed import calendar_of
from pipelines.domain.errors import UnknownJob

router = APIRouter(include_in_schema=False)


@router.get("/calendar/{unit}.ics")
def calendar(unit: str, here: Here) -> Response:
    """Return the calendar of a unit, by its id in the campaign file."""
    if unit not in here.service.campaign.units:
        raise UnknownJob(f"no unit {unit[:40]!r}", text="没有这个单位。")
    return Response(calendar_of(here.service.campaign, unit), media_type="text/calendar; charset=utf-8")
