"""Serve the portal's API: announce a submission, upload its bytes to the address returned, ask for its state."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response, Security
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from desk.api.schemas import LINKS, PROBLEMS, Alive, Announced, SubmissionAnswer
from desk.auth.access import Asker, Submitter, own, unit_for, visible
from desk.context import Here, RequestContext
from desk.filters import Asked
from desk.limits import UPLOADS
from desk.ops.health import health, ready
from pipelines.domain.announcements import Announcement
from pipelines.domain.errors import UnknownJob, WrongUse
from storage.records import Asset, Job, Key

# This only documents the key in the OpenAPI; desk.auth.access checks it.
BEARER = Security(HTTPBearer(auto_error=False, description="footage keys add"))
router = APIRouter(prefix="/api", tags=["portal"], dependencies=[BEARER], responses=PROBLEMS)
# Only these two need no key.
router.add_api_route("/health", health, responses={200: {"model": Alive}})
router.add_api_route("/ready", ready, include_in_schema=False)

_STALLED_SECONDS = 60
Once = Annotated[str, Header(max_length=200)]
_DIFFERS = "收到的数据与 X-Content-SHA256 不符，上传过程中数据有误，请重新上传。"


@router.post("/submissions", status_code=201, response_model=Announced, responses={201: {"links": LINKS}})
def announce(said: Announcement, here: Here, key: Submitter, idempotency_key: Once = "") -> dict[str, Any]:
    """Announce a file; return its job and the address to PUT the bytes to.

    A second call with the same `Idempotency-Key` returns the same job, so that a portal may repeat a call whose answer
    it has not seen.
    """
    job = announced(here, key, said, idempotency_key)
    return {"job": job.id, "state": job.state, "upload": f"{UPLOADS}{job.id}"}


def announced(here: RequestContext, key: Key, said: Announcement, once: str = "") -> Job:
    """Create the job of a file that is still to come. Raises WrongUse, NotAllowed."""
    fields = {**said.model_dump(exclude={"urgent"}), "unit": unit_for(key, said.unit)}
    return here.service.announce(here.service.submission(**fields), key.owner, lane=said.lane, once=once)


@router.put("/uploads/{job_id}", status_code=202, response_model=SubmissionAnswer, operation_id="upload")
async def upload(job_id: str, request: Request, here: Here, key: Submitter) -> dict[str, Any]:
    """Receive the bytes of a file as the whole body.

    `X-Content-SHA256` (hex) is checked if it is given. Sending the file twice is harmless.
    """
    job = own(await run_in_threadpool(here.service.status, job_id), key)
    here.service.admit(here.uploads, _announced_size(request))
    path = here.uploads / secrets.token_hex(16)
    try:
        await _receive(request, path, here.max_upload)
        job = await run_in_threadpool(here.service.receive, job.id, path)
    finally:
        path.unlink(missing_ok=True)
    return state_of(job, [])


async def _receive(request: Request, path: Path, most: int) -> None:
    refuse_over(most, _announced_size(request))
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        async for chunk in flowing(request):
            size += len(chunk)
            refuse_over(most, size)
            digest.update(chunk)
            await run_in_threadpool(file.write, chunk)
    promised = request.headers.get("x-content-sha256", "").lower()
    if promised and not _is_sha256(promised):
        text = "请求头 X-Content-SHA256 要写成 64 位十六进制的 SHA-256。"
        raise WrongUse("x-content-sha256: no hash", code="wrong-use", text=text)
    if promised and promised != digest.hexdigest():
        raise WrongUse("sha256 differs", code="upload-damaged", text=_DIFFERS)


def _is_sha256(said: str) -> bool:
    return len(said) == hashlib.sha256().digest_size * 2 and set(said) <= set("0123456789abcdef")


def refuse_over(most: int, size: int) -> None:
    """Raise WrongUse where a file of `size` bytes is over the limit."""
    if size > most:
        raise WrongUse(f"over {most} bytes", code="upload-too-large", text=f"文件超过上限 {most:,} 字节。")


def _announced_size(request: Request) -> int:
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() else 0


async def flowing(request: Request) -> AsyncIterator[bytes]:
    """Yield the pieces of the body. Raises WrongUse if the client disconnects or the next piece takes over 60 s."""
    pieces = aiter(request.stream())
    while True:
        try:
            yield await asyncio.wait_for(anext(pieces), _STALLED_SECONDS)
        except StopAsyncIteration:
            return
        except (TimeoutError, ClientDisconnect) as error:
            raise WrongUse("the upload stopped", code="upload-broken", text="上传中断，请重新上传。") from error


@router.get("/submissions/{job_id}", response_model=SubmissionAnswer, operation_id="submission")
def submission(job_id: str, here: Here, key: Asker) -> dict[str, Any]:
    """Return a submission's state, percent, findings in Chinese and published outputs."""
    job = own(here.service.status(job_id), key)
    return state_of(job, here.service.outputs([job]).get(job.id, []))


@router.post("/submissions/{job_id}/cancel", response_model=SubmissionAnswer, operation_id="cancel")
def cancel(job_id: str, here: Here, key: Submitter) -> dict[str, Any]:
    """Cancel a submission that has not ended; one that has is answered as it is."""
    job = here.service.cancel(made_by(key, here.service.status(job_id)).id)
    return state_of(job, here.service.outputs([job]).get(job.id, []))


@router.post("/submissions/{job_id}/retry", response_model=SubmissionAnswer, operation_id="retry")
def retry(job_id: str, here: Here, key: Submitter) -> dict[str, Any]:
    """Queue a failed, rejected or cancelled submission again; any other is answered as it is.

    A held one is released by an operator who has looked at the file.
    """
    job = made_by(key, here.service.status(job_id))
    job = job if job.state == "held" else here.service.retry(job.id)
    return state_of(job, here.service.outputs([job]).get(job.id, []))


def made_by(key: Key, job: Job) -> Job:
    """Return the job if this key has submitted it. Raises UnknownJob otherwise: to see it is not to decide on it."""
    if job.submitter != key.owner:
        raise UnknownJob(f"job {job.id} was not submitted by key {key.id}")
    return job


@router.get("/submissions", response_model=list[SubmissionAnswer])
def submissions(here: Here, key: Asker, asked: Asked, answer: Response) -> list[dict[str, Any]]:
    """Return the newest submissions that are asked for; a key that may only submit sees only its own.

    The header `Link` (RFC 8288) names the next page while there is one.
    """
    found = here.service.find(**(asked.selection(here.service.campaign.zone) | visible(key)))
    jobs, address = asked.page("/api/submissions", found)
    if address:
        answer.headers["Link"] = f'<{address}>; rel="next"'
    outputs = here.service.outputs(jobs)
    return [state_of(job, outputs.get(job.id, [])) for job in jobs]


def _moment(seconds: float) -> str:
    """Return a time since 1970 as ISO 8601, in UTC."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="seconds")


def state_of(job: Job, assets: list[Asset]) -> dict[str, Any]:
    """Return the API's view of a job; outputs are addressed by job and name."""
    return {
        "job": job.id,
        "name": job.name,
        "unit": job.unit,
        "programme": job.programme,
        "activity": job.activity,
        "place": job.place,
        "date": job.date,
        "received": _moment(job.created),
        "updated": _moment(job.updated),
        "state": job.state,
        "stage": job.stage,
        "percent": job.percent,
        "speed": job.speed,
        "original": {"sha256": job.original, "size": job.size} if job.original else None,
        "findings": [finding.told() for finding in job.findings],
        "outputs": [
            {
                "name": asset.name,
                "role": asset.role,
                "url": f"/files/{job.id}/{asset.name}",
                "sha256": asset.sha256,
                "media_type": asset.media_type,
                "width": asset.width,
                "height": asset.height,
                "duration": asset.duration,
            }
            for asset in assets
        ],
    }
