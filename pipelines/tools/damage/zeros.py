"""Detect runs of zeros inside coded pictures, which a card, a copy or an upload leaves where a block was lost.

No encoder writes them. H.264 and H.265 have no three zero bytes in a row within a NAL unit (ISO/IEC 14496-10, 7.4.1:
emulation prevention), only before the next unit's start code or at the end. Other entropy coders write no long run.
"""

from __future__ import annotations

_RUNS = {name: bytes(length) for name, length in (("h264", 8), ("hevc", 8), ("vp8", 64), ("vp9", 64), ("av1", 64))}
_START_CODE = 1


def is_torn(data: bytes, codec: str) -> bool:
    """Tell whether a packet of this codec holds such a run."""
    run, at = _RUNS.get(codec), 0
    while run and (at := data.find(run, at)) >= 0:
        while at < len(data) and not data[at]:
            at += 1
        if at < len(data) and data[at] != _START_CODE:
            return True
    return False
