"""Whether a file ends before it says it does: tells of a cut that takes less than headers and packets may differ.

Matroska says how many bytes its Segment has (RFC 9559, 5.1), MP4 how many its data has (ISO/IEC 14496-12, 8.1.1).
"""

from __future__ import annotations

import os
from typing import IO

from pipelines.tools.bitstream.boxes import data_end

_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_ID = 4  # bytes; both names have as many


def is_cut(file: IO[bytes]) -> bool:
    """True where something is missing at the end; a file that does not say how long it is, is not cut."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return (_segment_end(file) if file.read(_ID) == _EBML else data_end(file)) > size


def _segment_end(file: IO[bytes]) -> int:
    """Where the Segment after the EBML header ends; 0 where nobody knew when it was begun, or there is none."""
    header = _length(file)
    file.seek(header or 0, os.SEEK_CUR)
    if header is None or file.read(_ID) != _SEGMENT:
        return 0
    length = _length(file)
    return 0 if length is None else file.tell() + length


def _length(file: IO[bytes]) -> int | None:
    """A variable-size integer (RFC 8794, 4): its first bit set says how many bytes; None where all others are set."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    more = 8 - first[0].bit_length()
    value = int.from_bytes(bytes([first[0] & (0x7F >> more)]) + file.read(more).ljust(more, b"\0"), "big")
    return None if value == (1 << 7 * (more + 1)) - 1 else value
