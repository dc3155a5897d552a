"""Tell a submission's state as server-sent events, and explain the codes of errors."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
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
from pipelines.domain.errors import TooOften
from storage.records import FINAL, Job

router = APIRouter(tags=["portal"], responses=PROBLEMS)
_LOOKS, _LASTS = 2.0, 300  # seconds between two looks; a client connects again after the second
_OF_ONE_KEY, _OF_ALL = 8, 100  # streams at one time: each asks the ledger at every look
_pause = asyncio.sleep  # a test puts its own in its place
_STREAMS: Counter[str] = Counter()  # by owner; a desk is one process


def _followed(job_id: str, here: Here, key: Asker) -> Iterator[Job]:
    """Yield the job of a stream, which counts against its key while it lasts. Raises TooOften, UnknownJob."""
    job = own(here.service.status(job_id), key)
    if _STREAMS[key.owner] >= _OF_ONE_KEY or _STREAMS.total() >= _OF_ALL:
        text = f"同时跟踪的任务太多（每个密钥最多 {_OF_ONE_KEY} 个），请改为定时查询。"
        raise TooOften(f"key {key.id} follows too many", text=text)
    _STREAMS[key.owner] += 1
    try:
        yield job
    finally:
        _STREAMS[key.owner] -= 1


@router.get(
    "/api/submissions/{job_id}/events",
    response_class=EventSourceResponse,
    dependencies=[BEARER],
    operation_id="events",
)
async def events(here: Here, job: Annotated[Job, Depends(_followed)]) -> AsyncIterator[ServerSentEvent]:
    """Send an event `state` with what `GET /api/submissions/{job}` answers, now and at each change, until the end.

    The stream ends with the submission, or after five minutes. A key may follow eight submissions at one time.
    """
    async for event in _changes(here, job):
        yield event


async def _changes(here: RequestContext, job: Job) -> AsyncIterator[ServerSentEvent]:
    told, ends = None, time.monotonic() + _LASTS
    while time.monotonic() < ends:
        if job != told:
            told = job
            outputs = await run_in_threadpool(here.service.outputs, [job])
            yield ServerSentEvent(data=state_of(job, outputs.get(job.id, [])), event="state")
        if job.state in FINAL:
            return
        await _pause(_LOOKS)
        job = await run_in_threadpool(here.service.status, job.id)


@router.get(problems.PAGE, include_in_schema=False)
def explained(request: Request, here: Here) -> Response:
    """Show what each code of an error means."""
    return show(request, here, "problems.html", problems=problems.known(), titled=problems.title_of)
