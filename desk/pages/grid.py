"""Show what came in as a grid of cards, to find an item and open it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from desk.auth.access import Reader, visible
from desk.context import Here
from desk.filters import AskedByForm
from desk.pages.cards import card_of
from desk.shown import show
from pipelines.service import LANES, PRESETS, REVIEWS, STATES, finding_name
from storage.records import Review
from storage.search import Countable

router = APIRouter(include_in_schema=False)
_CARDS = 50  # on a page
_COUNTED: tuple[Countable, ...] = ("unit", "programme", "activity", "state", "lane", "finding")
_ORDERS = {"newest": "最近收到", "oldest": "最早收到", "event": "活动日期", "name": "文件名"}


@router.get("/")
def index(request: Request, here: Here, key: Reader, asked: AskedByForm) -> Response:
    """Show the submissions that are asked for, with a link to those behind them.

    Without a criterion, photos that look the same are shown as one.
    """
    asked = asked if "limit" in request.query_params else asked.model_copy(update={"limit": _CARDS})
    selection = asked.selection(here.service.campaign.zone) | visible(key)
    selection["stacked"] = asked.is_plain
    jobs, more = asked.page("/", here.service.find(**selection))
    outputs = here.service.outputs(jobs)
    found = here.service.reviewing.of([job.id for job in jobs])
    values: dict[str, Any] = {
        "cards": [card_of(here.service, job, outputs[job.id]) for job in jobs],
        "stacks": here.service.finder.stacks(jobs) if asked.is_plain else {},
        "asked": asked,
        "more": more,
        "decided": {job.id: found.get(job.id, Review(job.id)) for job in jobs},
        "saved": here.service.finder.saved(key.owner),
        "orders": _ORDERS,
        "presets": PRESETS,
        **_choices({}),
    }
    return show(request, here, "index.html", key=key, **values)


@router.get("/choices")
def choices(request: Request, here: Here, key: Reader, asked: AskedByForm) -> Response:
    """Show the further criteria with the number of items that each would find; a page asks when they are opened."""
    selection = asked.selection(here.service.campaign.zone) | visible(key)
    counts = {field: here.service.finder.counts(field, **selection) for field in _COUNTED}
    return show(request, here, "parts/choices.html", key=key, asked=asked, counts=counts, **_choices(counts["finding"]))


def _choices(codes: Mapping[str, int]) -> dict[str, Any]:
    """Return the words of the criteria; of findings those that there are, the most frequent first."""
    named: Sequence[tuple[str, str]] = [(code, finding_name(code)) for code in sorted(codes, key=lambda it: -codes[it])]
    return {"words": STATES, "reviews": REVIEWS, "lanes": LANES, "findings": named, "finding_name": finding_name}
