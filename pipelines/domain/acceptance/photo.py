"""Compare a photo's facts with its profile."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.domain.acceptance.common import pixels, removed
from pipelines.domain.model import Finding, ImageFacts
from pipelines.domain.planning.photo import photo_size
from pipelines.domain.profiles import JPEG_SIDE, PhotoProfile
from pipelines.domain.wording import megabytes


def photo_findings(facts: ImageFacts, profile: PhotoProfile) -> Iterator[Finding]:
    """Yield all findings on a photo."""
    yield from pixels((facts.width, facts.height), profile.least_side, profile.max_pixels)
    if facts.size > profile.max_bytes:
        yield Finding("too-heavy", "reject", megabytes(profile.max_bytes), megabytes(facts.size))
    yield from _size(facts, profile)
    if facts.missing:
        yield Finding("ends-early", "warning", actual=f"{facts.missing:,}")
    if facts.colour == "hdr":
        yield Finding("hdr", "info", actual="照片")
    if facts.colour == "unknown":
        yield Finding("colour-unknown", "warning", actual=facts.mode)
    if facts.frames > 1:
        yield Finding("animation", "info", actual=str(facts.frames))
    if facts.private:
        yield removed(facts.private)


def _size(facts: ImageFacts, profile: PhotoProfile) -> Iterator[Finding]:
    width, height = photo_size(facts, profile)
    if max(width, height) > JPEG_SIDE:
        yield Finding("too-narrow", "reject", f"{JPEG_SIDE:,}", f"{facts.width}×{facts.height}")
    if width != facts.width or height != facts.height:
        code = "enlarged" if width > facts.width else "reduced"
        yield Finding(code, "warning", f"{width}×{height}", f"{facts.width}×{facts.height}")
