"""Build the findings that films and photos share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipelines.domain.model import Finding, Private
from pipelines.domain.wording import in_words

_PRIVATE = {"place": "拍摄地点", "device": "设备型号", "owner": "作者", "notes": "附注"}


def removed(kinds: Iterable[Private]) -> Finding:
    """Return the finding that private data of these kinds was not carried over."""
    return Finding("private-data-removed", "info", actual="、".join(_PRIVATE[kind] for kind in kinds))


def pixels(size: tuple[int, int], least: int, most: int) -> Iterator[Finding]:
    """Yield a refusal where a side has under `least` pixels, or the picture over `most` in all."""
    width, height = size
    if min(size) < least:
        yield Finding("too-small", "reject", f"{least}", f"{width}×{height}")
    if width * height > most:
        yield Finding(
            "too-large", "reject", expected=in_words(most), actual=f"{width}×{height}，共 {in_words(width * height)}"
        )
