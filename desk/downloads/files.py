"""Serve published files, and originals to the few who may have them: each of those is recorded in custody."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from urllib.parse import unquote, urlsplit

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from desk.auth.access import Custodian, Kept, Reader, Seen, is_from_elsewhere
from desk.context import Here
from pipelines.domain.errors import NotAllowed, UnknownJob
from pipelines.service import plain
from storage.records import Job

router = APIRouter(include_in_schema=False)
_LINK_SECONDS = 900
_LONGEST = 80  # characters of each part of a name
_BYTES = "application/octet-stream"  # no browser shows what is in it


@router.get("/files/{job_id}/{name}")
def file(job: Seen, name: str, here: Here, key: Reader, download: bool = False) -> Response:
    """Serve one published output: from a local store as a file (with ranges), from S3 by a link valid for 900 s."""
    found = [asset for asset in here.service.outputs([job]).get(job.id, []) if asset.name == name]
    if not found:
        raise UnknownJob(f"job {job.id} has no output {name[:60]!r}")
    asset, saved_as = found[0], named(job, found[0].name)
    if asset.media_type == "text/vtt":  # scripts read it, and may ask no other server
        return Response(here.service.reading.text(asset), media_type="text/vtt")
    if download:
        here.service.packing.note_download(job, by=key.owner, name=asset.name)
    address = here.service.handing_out.output(asset, seconds=_LINK_SECONDS, filename=saved_as)
    kind = asset.media_type or mimetypes.guess_type(asset.name)[0] or _BYTES
    return served(address, kind, saved_as, download=download)


@router.get("/originals/{job_id}")
def original(job: Kept, request: Request, here: Here, key: Custodian) -> Response:
    """Serve the bytes that were sent, to be saved, once it is recorded in custody who has them.

    A link on another site does not get them: it would write into the chain of custody.
    """
    if is_from_elsewhere(request):
        raise NotAllowed("a link from another site", text="请从本页面下载原件。")
    saved_as = named(job, f"原件{Path(plain(job.name)).suffix[:_LONGEST]}")
    address = here.service.handing_out.original(job, by=key.owner, seconds=_LINK_SECONDS, filename=saved_as)
    return served(address, _BYTES, saved_as, download=True)


def named(job: Job, name: str) -> str:
    """Return the name under which a file is saved: the day, the unit, the original's name and what it is."""
    parts = (job.date, job.unit, Path(job.name).stem)
    return "-".join((*(_safe(part) for part in parts if part), name))


def _safe(part: str) -> str:
    return plain(part[:_LONGEST]).replace("/", "_").replace("\\", "_")


def served(address: str, kind: str, saved_as: str, *, download: bool) -> Response:
    """Serve a file of a local store (with ranges), or redirect to the object store's own address."""
    parts = urlsplit(address)
    if parts.scheme != "file":
        return RedirectResponse(address, status_code=302)
    place = "attachment" if download else "inline"
    return FileResponse(unquote(parts.path), media_type=kind, filename=saved_as, content_disposition_type=place)
