"""The top-level boxes of an MP4 (ISO/IEC 14496-12, 4.2), read by hand: what no library tells."""

from __future__ import annotations

import os
from typing import IO

_MOST = 64  # boxes looked at


def faststart(file: IO[bytes]) -> bool:
    """True where an MP4's index comes before its data, so that a player can begin at once."""
    names = box_names(file)
    return "moov" in names and "mdat" in names and names.index("moov") < names.index("mdat")


def box_names(file: IO[bytes]) -> list[str]:
    """The four-letter names in order; at most 64, none beyond the end of the file."""
    names: list[str] = []
    at, end = 0, file.seek(0, os.SEEK_END)
    while len(names) < _MOST and at < end:
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            break
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        names.append(head[4:8].decode("latin-1"))
        if size < 8:
            break
        at += size
    return names
