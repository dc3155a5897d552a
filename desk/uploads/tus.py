"""Receive uploads by tus 1.0.0 (tus.io): a client asks how much has come, and goes on from there after a broken line.

Extensions: creation, termination, expiration. An upload is a job that is announced by its metadata.
"""

from __future__ import annotations

import base64
import binascii
from email.utils import formatdate
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from desk.api.submissions import Once, announced, flowing
from desk.auth.access import Submitter, own
from desk.context import Here, RequestContext
from desk.uploads.partial import PartialUpload, forget_abandoned, settle
from pipelines.domain.announcements import Announcement
from pipelines.domain.errors import UnknownJob, WrongUse
from storage.records import Job, Key

PATH = "/api/tus"
router = APIRouter(prefix=PATH, include_in_schema=False)  # the protocol is described by tus.io and docs/api.md
_VERSION = "1.0.0"
_BYTES = "application/offset+octet-stream"
_EXPIRED = "这个上传已过期或已取消，请重新上传。"
_NOT_TUS = "不是 tus 1.0.0 的请求。"


@router.options("")
@router.options("/{job_id}")
def options(here: Here) -> Response:
    """Tell what this server can do."""
    abilities = {"Tus-Version": _VERSION, "Tus-Extension": "creation,termination,expiration"}
    return _answer(204, {**abilities, "Tus-Max-Size": str(here.max_upload)})


@router.post("")
def create(request: Request, here: Here, key: Submitter, idempotency_key: Once = "") -> Response:
    """Announce a file; the answer's `Location` is where its bytes go.

    With the same `Idempotency-Key` it is the same upload, which goes on where it stopped.
    """
    _check_version(request)
    length = _number(request, "upload-length")
    if length == 0:
        raise WrongUse(
            "an empty file", code="empty", text="文件是空的（0 字节），请从拍摄设备重新复制，确认能打开后再上传。"
        )
    if length > here.max_upload:
        return _answer(413, {"Tus-Max-Size": str(here.max_upload)})
    here.service.admit(here.uploads, length)
    forget_abandoned(here.uploads)
    job = announced(here, key, _said(request.headers.get("upload-metadata", "")), idempotency_key)
    upload = PartialUpload(here.uploads, job.id)
    _check_again(job, upload, length)
    if not job.original and upload.length is None:
        upload.begin(length)
    return _answer(201, {"Location": f"{PATH}/{job.id}", **_expiry(upload)})


def _check_again(job: Job, upload: PartialUpload, length: int) -> None:
    """Raise WrongUse where an upload that is begun again was cancelled, or is of another length."""
    if job.state == "cancelled":
        text = "这份文件的任务已取消；要恢复请用重试（retry），要另传一份请换一个 Idempotency-Key。"
        raise WrongUse(f"job {job.id} is cancelled", code="cancelled", text=text)
    if upload.length not in {None, length}:
        text = "这个 Idempotency-Key 已用于另一个文件，请换一个。"
        raise WrongUse(f"job {job.id}: {upload.length} bytes were promised", code="key-reused", text=text)


@router.head("/{job_id}")
def head(request: Request, here: Here, key: Submitter, job_id: str) -> Response:
    """Tell how many bytes have come."""
    _check_version(request)
    job, upload = _upload(here, key, job_id)
    if job.original:  # all of them; the file is in the store
        return _answer(200, {"Upload-Offset": str(job.size), "Upload-Length": str(job.size)})
    length = _promised(upload)
    if upload.offset == length:  # they are all here, but the desk or its store was away when the last of them came
        here.service.receive(job.id, upload.path)
        upload.end()
        return _answer(200, {"Upload-Offset": str(length), "Upload-Length": str(length)})
    told = {"Upload-Offset": str(upload.offset), "Upload-Length": str(length), **_expiry(upload)}
    return _answer(200, told)


@router.patch("/{job_id}")
async def patch(request: Request, here: Here, key: Submitter, job_id: str) -> Response:
    """Take further bytes; with the last of them the job is queued."""
    _check_version(request)
    if request.headers.get("content-type") != _BYTES:
        return _answer(415)
    job, upload = await run_in_threadpool(_upload, here, key, job_id)
    if job.original:
        return _answer(204, {"Upload-Offset": str(job.size)})
    _promised(upload)
    turn = upload.take_turn()
    async with upload.writing:  # what an earlier request is writing is counted
        if _number(request, "upload-offset") != upload.offset:
            return _answer(409, {"Upload-Offset": str(upload.offset)})
    return await _taken(request, here, job, upload, turn)


@router.delete("/{job_id}")
def terminate(request: Request, here: Here, key: Submitter, job_id: str) -> Response:
    """Cancel an upload and remove its bytes."""
    _check_version(request)
    job, upload = _upload(here, key, job_id)
    if not job.original:
        here.service.cancel(job.id)
    upload.end()
    return _answer(204)


async def _taken(request: Request, here: RequestContext, job: Job, upload: PartialUpload, turn: object) -> Response:
    """Add the bytes of a request. What came before the line broke is kept, and counts."""
    length = _promised(upload)
    try:
        async for piece in flowing(request):
            async with upload.writing:
                if not upload.is_turn(turn):
                    return _answer(423)
                if upload.offset + len(piece) > length:
                    return _answer(413)
                await run_in_threadpool(upload.append, piece)
    except WrongUse as error:
        if error.code != "upload-broken":
            raise
        return _answer(503)  # the line stood still for a minute: the client asks again
    finally:
        await run_in_threadpool(settle, upload.path)
        await run_in_threadpool(here.service.keep_waiting, job.id)
    offset = upload.offset
    if offset == length:
        await run_in_threadpool(here.service.receive, job.id, upload.path)
        upload.end()
    return _answer(204, {"Upload-Offset": str(offset), **_expiry(upload)})


def _upload(here: RequestContext, key: Key, job_id: str) -> tuple[Job, PartialUpload]:
    """Return the job and the upload of an address. Raises UnknownJob unless this key has announced it."""
    job = own(here.service.status(job_id), key, scope="")
    if job.state == "cancelled":
        raise UnknownJob(f"job {job.id} is cancelled", text=_EXPIRED)
    return job, PartialUpload(here.uploads, job.id)


def _promised(upload: PartialUpload) -> int:
    """Return the promised length of an upload that has begun. Raises UnknownJob."""
    length = upload.length
    if length is None:
        raise UnknownJob(f"job {upload.job_id} has no upload", text=_EXPIRED)
    return length


def _said(metadata: str) -> Announcement:
    """Return the announcement in a header `Upload-Metadata`: names with values in base 64. Raises WrongUse."""
    fields: dict[str, Any] = {}
    try:
        for pair in filter(None, metadata.split(",")):
            name, _, value = pair.strip().partition(" ")
            fields[name] = base64.b64decode(value, validate=True).decode()
        fields["name"] = fields.pop("filename", fields.get("name", ""))
        fields.pop("filetype", None)  # clients add it; the bytes tell
        urgent = fields.pop("urgent", "") in {"1", "true"}
        given = {name: value for name, value in fields.items() if value}
        return Announcement.model_validate({**given, "urgent": urgent})
    except (binascii.Error, UnicodeDecodeError, ValidationError) as error:
        text = "上传说明（Upload-Metadata）有误：要有 filename，其余可有 unit、programme、activity、place、date 等。"
        raise WrongUse(f"metadata: {str(error)[:200]}", code="wrong-use", text=text) from error


def _number(request: Request, name: str) -> int:
    said = request.headers.get(name, "")
    if not (said.isascii() and said.isdigit() and len(said) < 20):
        raise WrongUse(f"no {name}", text=f"请求头 {name.title()} 要写成字节数。")
    return int(said)


def _check_version(request: Request) -> None:
    if request.headers.get("tus-resumable") != _VERSION:
        raise WrongUse("not tus 1.0.0", code="not-tus", text=_NOT_TUS)


def _expiry(upload: PartialUpload) -> dict[str, str]:
    return {"Upload-Expires": formatdate(upload.expires, usegmt=True)}


def _answer(status: int, headers: dict[str, str] | None = None) -> Response:
    shown = {"Tus-Resumable": _VERSION, "Cache-Control": "no-store", **(headers or {})}
    return Response(status_code=status, headers=shown)
