"""Send an archive, or the part of it that a broken download still lacks (RFC 9110, 14)."""

from __future__ import annotations

import re

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from pipelines.service import Bundle
from storage.dispositions import disposition

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_WHOLE = 200
_PART = 206
_BEYOND = 416
_LEAST = 1024  # bytes; who begins behind fewer has the whole archive in hand


def sent(request: Request, bundle: Bundle) -> Response:
    """Return the answer with the whole archive or the range that is asked for.

    A range of another archive than this (If-Range) is answered with the whole.
    """
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-store",
        "Content-Disposition": disposition(bundle.name, likeness="footage.zip"),
        "ETag": bundle.etag,
    }
    start, end = _asked(request, bundle)
    if start >= end:
        return Response(status_code=_BEYOND, headers={"Content-Range": f"bytes */{bundle.size}"})
    status = _PART if (start, end) != (0, bundle.size) else _WHOLE
    if status == _PART:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{bundle.size}"
    headers["Content-Length"] = str(end - start)
    pieces = bundle.pieces(start, end)
    return StreamingResponse(pieces, status, headers, media_type="application/zip")


def begins(request: Request, bundle: Bundle) -> bool:
    """Tell whether a download begins with this request, and is not gone on with."""
    return _asked(request, bundle)[0] < _LEAST


def _asked(request: Request, bundle: Bundle) -> tuple[int, int]:
    unchanged = request.headers.get("if-range", bundle.etag) == bundle.etag
    return _span(request.headers.get("range", "") if unchanged else "", bundle.size)


def _span(asked: str, size: int) -> tuple[int, int]:
    """Return the first byte and the one behind the last; of several ranges, or nonsense, the whole."""
    match = _RANGE.fullmatch(asked)
    if match is None or match.groups() == ("", ""):
        return 0, size
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return 0, size
    return int(first), min(size, int(last) + 1) if last else size
