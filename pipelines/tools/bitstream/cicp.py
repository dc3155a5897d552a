"""Read coded colour (ITU-T H.273, CICP): numbers of primaries, transfer and matrix, wherever a format writes them."""

from __future__ import annotations

import struct
from typing import IO

from pipelines.domain.model import Colour
from pipelines.tools.bitstream.boxes import property_boxes
from pipelines.tools.bitstream.png import chunk

_PRIMARIES = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    9: "bt2020",
    11: "smpte431",
    12: "smpte432",
}
_TRANSFERS = {1: "bt709", 6: "smpte170m", 14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 18: "arib-std-b67"}
_MATRICES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc", 10: "bt2020c"}
_CODED = 4  # bytes of a cICP chunk


def colour(primaries: int, transfer: int, matrix: int, *, full_range: bool, dolby_vision: bool = False) -> Colour:
    """Return the colour of these numbers, by the names that ffmpeg has for them; empty for what is not specified."""
    names = (_TRANSFERS.get(transfer, ""), _PRIMARIES.get(primaries, ""), _MATRICES.get(matrix, ""))
    return Colour(*names, full_range, dolby_vision)


def png_colour(file: IO[bytes]) -> Colour | None:
    """Return the colour of a PNG's cICP chunk (PNG, third edition, 11.3.2.6), which stands before its pixels."""
    numbers = chunk(file, b"cICP", before=b"IDAT")[:_CODED]
    return colour(*numbers[:3], full_range=bool(numbers[3])) if len(numbers) == _CODED else None


def box_colour(file: IO[bytes]) -> Colour | None:
    """Return the colour of an AVIF's or a HEIF's `colr` boxes of type `nclx` (ISO/IEC 14496-12, 12.1.5).

    Of several the first without HDR counts: beside a gain map (ISO 21496-1), the other is that of the HDR rendition.
    """
    found = [
        colour(*struct.unpack(">3H", content[4:10]), full_range=bool(content[10] & 0x80))
        for name, content in property_boxes(file)
        if name == b"colr" and content[:4] == b"nclx" and len(content) > 10
    ]
    return next((one for one in found if not one.is_hdr), next(iter(found), None))
