"""Show what came in as a grid of cards, to find an item and open it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from desk.auth.access import Reader, visible
from desk.context import Here
from desk.filters import AskedByForm
from desk.pages.cards import card_of
from desk.shown import show
from pipelines.service import PRESETS, REVIEWS, STATES
from storage.records import Review
from storage.search import Countable

router = APIRouter(include_in_schema=False)
_CARDS = 50  # on a page
_COUNTED: tuple[Countable, ...] = ("unit", "programme", "activity", "state")


@router.get("/")
def index(request: Request, here: Here, key: Reader, asked: AskedByForm) -> Response:
    """Show the newest submissions that are asked for, with a link to those behind them."""
    asked = asked if "limit" in request.query_params else asked.model_copy(update={"limit": _CARDS})
    jobs, more = asked.page("/", here.service.find(**(asked.selection() | visible(key))))
    outputs = here.service.outputs(jobs)
    cards = [card_of(here.service, job, outputs[job.id]) for job in jobs]
    found = here.service.reviewing.of([job.id for job in jobs])
    decided = {job.id: found.get(job.id, Review(job.id)) for job in jobs}
    values: dict[str, Any] = {
        "cards": cards,
        "asked": asked,
        "more": more,
        "decided": decided,
        "words": STATES,
        "reviews": REVIEWS,
        "presets": PRESETS,
    }
    return show(request, here, "index.html", key=key, **values)


@router.get("/choices")
def choices(request: Request, here: Here, key: Reader, asked: AskedByForm) -> Response:
    """Show the further criteria with the number of items that each would find; a page asks when they are opened."""
    selection = asked.selection() | visible(key)
    counts = {field: here.service.counts(field, **selection) for field in _COUNTED}
    values: dict[str, Any] = {"asked": asked, "counts": counts, "words": STATES, "reviews": REVIEWS}
    return show(request, here, "parts/choices.html", key=key, **values)
