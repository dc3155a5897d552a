"""Take the publicity team's comments and decisions on an item."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from desk.auth.access import Edited, Editing
from desk.context import Here, RequestContext
from desk.pages.item import reviewed
from desk.shown import show
from storage.records import Job, Key

router = APIRouter(prefix="/items/{job_id}", include_in_schema=False)


@router.post("/comments")
def comment(
    request: Request,
    here: Here,
    key: Editing,
    job: Edited,
    text: Annotated[str, Form(max_length=4000)] = "",
    at: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Add a comment, on the moment `at` in seconds where it is given."""
    moment = Fraction(at).limit_denominator(1000) if at.replace(".", "", 1).isdecimal() else None
    here.service.reviewing.comment(job.id, key.owner, key.label, text, moment)
    return _part(request, here, key, job, "comments")


@router.post("/comments/{comment}/withdraw")
def withdraw(request: Request, here: Here, key: Editing, job: Edited, comment: str) -> Response:
    """Remove a comment of one's own."""
    here.service.reviewing.withdraw(comment, job.id, key.owner)
    return _part(request, here, key, job, "comments")


@router.post("/review")
def review(
    request: Request, here: Here, key: Editing, job: Edited, state: Annotated[str, Form(max_length=20)] = ""
) -> Response:
    """Set the state of review."""
    here.service.reviewing.decide(job.id, state, key.owner, key.label)
    return _part(request, here, key, job, "review")


def _part(request: Request, here: RequestContext, key: Key, job: Job, name: str) -> Response:
    """Answer htmx with the changed part; a browser that runs no script with the whole page."""
    if "hx-request" not in request.headers:
        return RedirectResponse(f"/items/{job.id}", status_code=303)
    return show(request, here, f"parts/{name}.html", key=key, **reviewed(here.service, job))
