"""Inside the child: a descriptor → Facts or Refusal. Pictures are tried first, by their first bytes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pipelines.children.messages import FACTS
from pipelines.facts.sealed import RECORD, SEALED, Sealed
from pipelines.model import Finding, OutputFacts, Refusal, TextFacts


def serve(request: dict[str, Any]) -> bytes:
    """`{"descriptors": [fd…], "whole": [bool…], "original": bool, "without": [index…]}` → facts in the same order.

    What an original says of people and places is left in the working directory, for the store alone.
    """
    asked = zip(request["descriptors"], request["whole"], strict=True)
    return FACTS.dump_json(tuple(_read(fd, request, whole=whole) for fd, whole in asked))


def _keep(sealed: Sealed) -> None:
    Path(SEALED).write_bytes(RECORD.dump_json(sealed))


def _drop(_: Sealed) -> None:
    """Our own outputs say nothing of anybody: that is looked at elsewhere."""


def _read(descriptor: int, request: dict[str, Any], *, whole: bool) -> OutputFacts | Refusal:
    original = request["original"]
    head, keep = os.pread(descriptor, 64, 0), _keep if original else _drop
    if looks_like_picture(head):
        from pipelines.facts import probe_image

        return probe_image.read(descriptor, keep, whole=whole)
    if head.startswith(b"WEBVTT") and not original:
        return TextFacts("text", cues(os.pread(descriptor, 4 << 20, 0)))
    from pipelines.facts import probe_video

    return probe_video.read(descriptor, keep, original=original, without=request["without"])


def cues(data: bytes) -> int:
    """How many cues a WebVTT file has: each has one line of timings."""
    return data.count(b" --> ")


_PICTURE_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")


def looks_like_picture(head: bytes) -> bool:
    """By signature: JPEG, PNG, GIF, BMP, TIFF, WebP, HEIF, AVIF."""
    if head[4:8] == b"ftyp":
        return head[8:12] in _PICTURE_BRANDS
    if head[:4] == b"RIFF":
        return head[8:12] == b"WEBP"
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\x00", b"MM\x00*"))


def refuse(code: str, actual: str = "", expected: str = "") -> Refusal:
    """A refusal with one finding of severity `reject`."""
    return Refusal("refusal", Finding(code, "reject", expected, actual))
