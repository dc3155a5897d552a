"""Tell a submission's state as server-sent events, and explain the codes of errors."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from desk import problems
from desk.api.schemas import PROBLEMS
from desk.api.submissions import BEARER, state_of
from desk.auth.access import Asker, own
from desk.context import Here, RequestContext
from desk.shown import show
from storage.records import FINAL, Job

router = APIRouter(tags=["portal"], responses=PROBLEMS)
_LOOKS, _LASTS = 1.0, 600  # seconds between two looks; a client connects again after the second


def _followed(job_id: str, here: Here, key: Asker) -> Job:
    return own(here.service.status(job_id), key)


@router.get(
    "/api/submissions/{job_id}/events", response_class=EventSourceResponse, dependencies=[BEARER], operation_id="events"
)
async def events(here: Here, job: Annotated[Job, Depends(_followed)]) -> AsyncIterator[ServerSentEvent]:
    """Send an event `state` with what `GET /api/submissions/{job}` answers, now and at each change, until the end.

    The stream ends with the submission, or after ten minutes.
    """
    async for event in _changes(here, job.id):
        yield event


async def _changes(here: RequestContext, job_id: str) -> AsyncIterator[ServerSentEvent]:
    told, ends = None, time.monotonic() + _LASTS
    while time.monotonic() < ends:
        job = await run_in_threadpool(here.service.status, job_id)
        outputs = await run_in_threadpool(here.service.outputs, [job])
        if (state := state_of(job, outputs.get(job.id, []))) != told:
            told = state
            yield ServerSentEvent(data=state, event="state")
        if job.state in FINAL:
            return
        await asyncio.sleep(_LOOKS)


@router.get(problems.PAGE, include_in_schema=False)
def explained(request: Request, here: Here) -> Response:
    """Show what each code of an error means."""
    return show(request, here, "problems.html", problems=problems.known(), titled=problems.title_of)
