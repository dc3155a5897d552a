"""Read the facts of open files inside a confined child: pictures by their first bytes, text next, films last."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pipelines.domain.model import OutputFacts, Refusal, TextFacts
from pipelines.domain.refusals import refuse
from pipelines.domain.sealed import RECORD, SEALED, Sealed
from pipelines.domain.signatures import archive_of, is_locked_archive, looks_like_picture
from pipelines.sandbox.messages import FACTS


def serve(request: dict[str, Any]) -> bytes:
    """Return the Facts or the Refusal of each descriptor, as JSON in the same order.

    The request: `{"descriptors": [fd…], "whole": [bool…], "original": bool, "without": [index…], "picture": index}`;
    `picture` may be missing. The personal metadata of an original (people, places) is left in the working directory,
    for the store alone.
    """
    asked = zip(request["descriptors"], request["whole"], strict=True)
    return FACTS.dump_json(tuple(_read(fd, request, whole=whole) for fd, whole in asked))


def _keep(sealed: Sealed) -> None:
    Path(SEALED).write_bytes(RECORD.dump_json(sealed))


def _drop(_: Sealed) -> None:
    """Keep nothing: outputs carry no personal metadata, which is checked elsewhere."""


def _read(descriptor: int, request: dict[str, Any], *, whole: bool) -> OutputFacts | Refusal:
    original = request["original"]
    head, keep = os.pread(descriptor, 64, 0), _keep if original else _drop
    if looks_like_picture(head):
        from pipelines.tools.photo import probe_image

        return probe_image.read(descriptor, keep, whole=whole)
    if original and (kind := archive_of(head)):
        return refuse("locked", f"{kind} 压缩包有密码") if is_locked_archive(head) else refuse("archive", kind)
    if head.startswith(b"WEBVTT") and not original:
        return TextFacts("text", cues(os.pread(descriptor, 4 << 20, 0)))
    from pipelines.tools.video import probe_video

    chosen = {"without": request["without"], "picture": request.get("picture")}
    return probe_video.read(descriptor, keep, original=original, **chosen)


def cues(data: bytes) -> int:
    """Count the cues of a WebVTT file: each has one line of timings."""
    return data.count(b" --> ")
