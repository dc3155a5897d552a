"""Detect a file that ends before its declared end, even by less than headers and packets are allowed to differ.

A fragmented MP4 declares no end, but most writers put an index (`mfra`) after the last fragment.

Matroska declares the bytes of its Segment (RFC 9559, 5.1), MP4 those of its media data (ISO/IEC 14496-12, 8.1.1).
"""

from __future__ import annotations

import os
from typing import IO

from pipelines.tools.bitstream.boxes import box_names, data_end

_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_ID = 4  # bytes of either element's ID, and of a box's name
_STREAMED, _LAST = {"styp", "sidx"}, 4096  # boxes of segments; bytes at the end of a file


def is_cut(file: IO[bytes]) -> bool:
    """Tell whether bytes are missing at the end; a file that declares no length is not taken as cut."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return (_segment_end(file) if file.read(_ID) == _EBML else data_end(file)) > size


def is_unfinished(file: IO[bytes]) -> bool:
    """Tell whether a fragmented MP4 with an index at its end (`mfra`, ISO/IEC 14496-12, 8.8.9) has lost it.

    Segments for streaming (`styp`, `sidx`) have none, and ffmpeg may be told to leave it out; those of cameras and
    programs that record have one. Boxes that follow it hide nothing: the last bytes are looked through.
    """
    names = set(box_names(file))
    if "moof" not in names or names & _STREAMED:
        return False
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _LAST))
    return b"mfro" not in file.read(_LAST)


def _segment_end(file: IO[bytes]) -> int:
    """Return where the Segment after the EBML header ends; 0 where its size is declared unknown, or there is none."""
    header = _length(file)
    file.seek(header or 0, os.SEEK_CUR)
    if header is None or file.read(_ID) != _SEGMENT:
        return 0
    length = _length(file)
    return 0 if length is None else file.tell() + length


def _length(file: IO[bytes]) -> int | None:
    """Read a variable-size integer (RFC 8794, 4), or return None for an unknown length.

    The position of its first set bit gives the number of bytes. All other bits set mean an unknown length.
    """
    first = file.read(1)
    if not first or not first[0]:
        return None
    more = 8 - first[0].bit_length()
    value = int.from_bytes(bytes([first[0] & (0x7F >> more)]) + file.read(more).ljust(more, b"\0"), "big")
    return None if value == (1 << 7 * (more + 1)) - 1 else value
