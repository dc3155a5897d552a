"""Show one submission: its film or photo, what was made of it, how it was checked, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import Response

from desk.auth.access import Reader, Seen
from desk.context import Here, RequestContext
from desk.pages.cards import card_of
from desk.shown import show
from pipelines.domain.errors import Permanent
from pipelines.domain.model import Cut
from pipelines.service import EVENTS, REVIEWS, Service
from storage.records import FINAL, Asset, Event, Job, Key, Review

router = APIRouter(prefix="/items", include_in_schema=False)


@router.get("/{job_id}")
def item(request: Request, here: Here, key: Reader, job: Seen) -> Response:
    """Show the whole page."""
    card = card_of(here.service, job, here.service.outputs([job])[job.id])
    view, missing = None, ""
    if job.state == "published":
        try:
            view = here.service.reading.view(job)
        except Permanent as error:  # the publication's own record is gone or too old; all else is still of use
            missing = error.text
    values = {
        "card": card,
        "back": _list_before(request),
        "view": view,
        "missing": missing,
        "clips": clips(view.cuts if view else (), card.of("clip")),
        "history": history(here, job, key),
        "words": here.service.editor.words(job),
        "typed": dict(view.request.captions) if view else {},
        "wanted": here.service.edits.of(job.id),
        "version": here.service.edits.version(job.id),
        **reviewed(here.service, job),
    }
    return show(request, here, "item.html", key=key, **values)


def _list_before(request: Request) -> str:
    """Return the address of the list that led here, with its search; that of the whole list from anywhere else."""
    try:
        came = urlsplit(request.headers.get("referer", ""))
    except ValueError:  # it is no address
        return "/"
    return f"/?{came.query}" if (came.netloc, came.path) == (request.url.netloc, "/") and came.query else "/"


@router.get("/{job_id}/state")
def state(request: Request, here: Here, key: Reader, job: Seen) -> Response:
    """Show the state and progress alone; once the job has ended, the item's own page loads itself again."""
    return show(
        request, here, "parts/badge.html", key=key, card=card_of(here.service, job, []), is_done=job.state in FINAL
    )


@router.get("/{job_id}/lanes")
def lanes(request: Request, here: Here, key: Reader, job: Seen) -> Response:
    """Show the analysis as lanes, which a page asks for when it is there: reading them takes a while."""
    return show(request, here, "parts/lanes.html", key=key, lanes=here.service.reading.lanes(job))


def clips(cuts: Sequence[Cut], assets: Sequence[Asset]) -> list[tuple[Cut, Asset]]:
    """Return each cut with its clip; none while they don't belong together."""
    in_order = sorted(assets, key=lambda asset: (len(asset.name), asset.name))  # clip-10 comes after clip-2
    return [*zip(cuts, in_order, strict=True)] if len(cuts) == len(assets) else []


def reviewed(service: Service, job: Job) -> Mapping[str, Any]:
    """Return the comments on a job and its state of review, as the parts of the page need them."""
    review = service.reviewing.of([job.id]).get(job.id, Review(job.id))
    return {"review": review, "reviews": REVIEWS, "comments": service.reviewing.comments(job.id), "job": job}


def history(here: RequestContext, job: Job, key: Key) -> list[tuple[str, str, str, str]]:
    """Return the custody chain of a job's original: when, what, what was decided, and who.

    Another unit may have sent the same bytes: who sees one unit alone reads what happened to this job.
    """
    if not job.original:
        return []
    zone = here.service.campaign.zone
    chain = [event for event in here.service.custody(job.original) if not key.unit or event.job == job.id]
    names = _names(here) if any("by" in event.detail for event in chain) else {}
    return [
        (f"{datetime.fromtimestamp(event.at, zone):%Y-%m-%d %H:%M:%S}", *_said(event), _who(event, names))
        for event in chain
    ]


def _names(here: RequestContext) -> dict[str, str]:
    """Return the names of accounts and keys by id."""
    names = {account.id: account.name for account in here.accounts.all()}
    return names | {key.id: key.label for key in here.keys.all()}


def _said(event: Event) -> tuple[str, str]:
    decided = REVIEWS[str(event.detail["state"])] if event.kind == "reviewed" else ""
    return EVENTS.get(event.kind, event.kind), decided


def _who(event: Event, names: Mapping[str, str]) -> str:
    by = str(event.detail.get("by", ""))
    return names.get(by, by)
