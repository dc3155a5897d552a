"""Show how captions will look with the words that an editor has typed."""

from __future__ import annotations

from collections.abc import Mapping
from threading import BoundedSemaphore
from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from desk.auth.access import Edited, Editing
from desk.context import Here
from pipelines.domain.errors import TooOften
from pipelines.service import CaptionWord

router = APIRouter(prefix="/items/{job_id}", include_in_schema=False)
WORDS: tuple[CaptionWord, ...] = get_args(CaptionWord)
_DRAWING, _PATIENCE = BoundedSemaphore(2), 3.0  # captions at one time, each in a child of its own; seconds of waiting
_PREFIX, _LONGEST = "caption_", 200  # of the names of fields; characters of one word


async def written(request: Request) -> dict[CaptionWord, str]:
    """Return the words of captions in a form or an address, by name; a field that is empty is none."""
    said: Mapping[str, object] = await request.form() if request.method == "POST" else request.query_params
    found = {name: str(said.get(_PREFIX + name, "")).strip()[:_LONGEST] for name in WORDS}
    return {name: text for name, text in found.items() if text}


Written = Annotated[dict[CaptionWord, str], Depends(written)]


@router.get("/captions/{channel}/{template}")
def caption(here: Here, _key: Editing, job: Edited, channel: str, template: int, said: Written) -> Response:
    """Draw one caption of a channel over the film's poster; 204 where it has no words to show. Raises TooOften."""
    if not _DRAWING.acquire(timeout=_PATIENCE):
        raise TooOften("captions are being drawn already", text="正在为别人生成字幕预览，请稍等再试。")
    try:
        picture = here.service.editor.caption(job, channel, template, {str(name): text for name, text in said.items()})
    finally:
        _DRAWING.release()
    if picture is None:
        return Response(status_code=204)
    return Response(picture, media_type="image/png", headers={"Cache-Control": "no-store"})
