"""Take an editor's own clips, reel and channels for a film, and hand cut lists to and from editing programs."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from desk.auth.access import Edited, Editing, Reader, Seen
from desk.context import Here, RequestContext
from desk.downloads.files import named
from desk.pages.captions import Written
from desk.shown import show
from pipelines.service import EditRequest, parse_stretch
from storage.records import Job, Key

router = APIRouter(prefix="/items/{job_id}", include_in_schema=False)
_MOST = 100  # clips of one film
Listed = Annotated[list[str], Form(max_length=_MOST)]
Kind = Literal["edl", "otio"]


@router.get("/edit")
def edit(request: Request, here: Here, key: Reader, job: Seen) -> Response:
    """Show how far the edit is that a job waits for; once it is made, the page loads itself again."""
    return _part(request, here, key, job)


@router.post("/edit")
def ask(
    request: Request,
    here: Here,
    key: Editing,
    job: Edited,
    seen: Annotated[str, Form(max_length=20)] = "",
    cut: Listed = [],  # noqa: B006 - FastAPI makes a copy
    reel: Listed = [],  # noqa: B006
    channel: Listed = [],  # noqa: B006
    *,
    captions: Written,
) -> Response:
    """Ask for clips, a reel, channels and captions in place of those that stand; stretches are `IN-OUT` in seconds."""
    wanted = EditRequest(
        cuts=tuple(map(parse_stretch, cut)),
        reel=tuple(map(parse_stretch, reel)),
        channels=tuple(channel),
        editor=key.label[:60],
        partner=here.service.editor.decision(job.id).partner,
        captions=tuple(captions.items()),
    )
    here.service.edits.ask(job.id, wanted, key.owner, key.label, seen)
    if "hx-request" in request.headers:
        return _part(request, here, key, job)
    return RedirectResponse(f"/items/{job.id}", status_code=303)


@router.post("/edit/dismiss")
def dismiss(here: Here, _key: Editing, job: Edited) -> Response:
    """Put an edit away that was given up, once its maker has read why."""
    here.service.edits.dismiss(job.id)
    return RedirectResponse(f"/items/{job.id}", status_code=303)


@router.get("/cuts.{kind}")
def cut_list(here: Here, _key: Reader, job: Seen, kind: Kind, reel: bool = False) -> Response:
    """Hand out the cuts as an editing program reads them."""
    text = here.service.editor.timeline(job.id, reel=reel, form=kind)
    name = quote(named(job, f"{'集锦' if reel else '片段'}.{kind}"))
    return PlainTextResponse(text, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"})


@router.post("/stretches")
def stretches(
    here: Here,
    _key: Editing,
    job: Edited,
    kind: Annotated[Kind, Form()],
    text: Annotated[str, Form(max_length=1_000_000)] = "",
) -> list[dict[str, str]]:
    """Return the stretches in an editing program's file, as fractions of a second, for the page to show."""
    found = here.service.editor.stretches(job.id, text, kind)
    return [{"start": str(start), "end": str(end)} for start, end in found[:_MOST]]


def _part(request: Request, here: RequestContext, key: Key, job: Job) -> Response:
    values: dict[str, Any] = {"job": job, "wanted": here.service.edits.of(job.id)}
    return show(request, here, "parts/wanted.html", key=key, is_done=True, **values)
