"""Read a JPEG's structure (ITU-T T.81, annex B), and copy its picture without any other data.

Nothing is decoded: the coded data is copied as it is, so the decoded pixels are equal.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_JFIF, _ICC, _ADOBE = 0xE0, 0xE2, 0xEE
_FRAMES = {0xC0: "baseline", 0xC1: "extended", 0xC2: "progressive"}  # Huffman; few decoders read the others
_TABLES = {0xDB, 0xC4, 0xDD, _SOS, *_FRAMES}  # quantisation, Huffman, restart interval; scan and frame headers
_FRAME_HEADERS = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BITS = 8
_BLOCK = 8  # pixels
_COMPONENTS, _COMPONENT = 9, 3  # bytes: offset of a frame header's count of components, and length of each
_ICC_MOST = 65_519  # bytes of a profile in one segment (ICC.1, annex B.4)
# A marker that ends a scan: not a stuffed byte, a restart, or filling.
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


Data = bytes | mmap


class Broken(ValueError):
    """A JPEG that can't be parsed to its end."""


class NotTurned(ValueError):
    """A JPEG whose coded data has a fault, however small: it must be decoded to be turned."""


@dataclass(frozen=True, slots=True)
class _Segment:
    """A marker with its payload, and for a scan header (SOS) the coded data; `start` and `end`: offsets in the file."""

    marker: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Structure:
    """The structure of the first picture in a file.

    `coding`: baseline, extended or progressive; empty for a coding that not every decoder reads. `unit`: width and
    height in pixels of the minimum coded unit (A.2, the MCU): 8 and 8, 16 and 8… `end`: the offset of the first byte
    that is no part of the picture.
    """

    coding: str
    unit: tuple[int, int]
    end: int


def structure(data: Data) -> Structure:
    """Return the structure of the first picture. Raises Broken, also where the picture is not complete."""
    segments = [*_segments(data)]
    frame = next((segment for segment in segments if segment.marker in _FRAME_HEADERS), None)
    if frame is None:
        raise Broken("no frame header")
    coding = _FRAMES.get(frame.marker, "") if data[frame.start + 4] == _BITS else ""
    return Structure(coding, _unit(data, frame), _marker(data, segments[-1].end)[0] + 2)


def _unit(data: Data, frame: _Segment) -> tuple[int, int]:
    count = data[frame.start + _COMPONENTS]
    sampling = data[frame.start + _COMPONENTS + 2 : frame.end : _COMPONENT]
    if count != len(sampling) or not all(factor & 0x0F and factor >> 4 for factor in sampling):
        raise Broken("no sampling factors")
    if count == 1:
        return _BLOCK, _BLOCK  # the factors of a single component have no meaning
    return _BLOCK * max(factor >> 4 for factor in sampling), _BLOCK * max(factor & 0x0F for factor in sampling)


def bare(data: Data, profile: bytes) -> bytes:
    """Return the picture alone, with this ICC profile. Raises Broken.

    EXIF, XMP, comments and all bytes after the picture are left out.
    """
    segments = [*_segments(data)]
    # Kept only where it was: JFIF declares the components as YCbCr, which they may not be.
    head = [_PLAIN] if any(_is(data, segment, _JFIF, b"JFIF") for segment in segments) else []
    kept = [data[segment.start : segment.end] for segment in segments if _is_picture(data, segment)]
    return b"".join([b"\xff\xd8", *head, *_profile(profile), *kept, b"\xff\xd9"])


def _is_picture(data: Data, segment: _Segment) -> bool:
    # Adobe's segment says whether the components are YCbCr or RGB: without it the colours would change.
    return segment.marker in _TABLES or _is(data, segment, _ADOBE, b"Adobe")


# JFIF 1.01, square pixels, no thumbnail.
_PLAIN = b"\xff\xe0" + struct.pack(">H5sHBHHBB", 16, b"JFIF\0", 0x0101, 0, 1, 1, 0, 0)


def _profile(profile: bytes) -> Iterator[bytes]:
    pieces = [profile[at : at + _ICC_MOST] for at in range(0, len(profile), _ICC_MOST)]
    for number, piece in enumerate(pieces, 1):
        yield struct.pack(">BBH12sBB", 0xFF, _ICC, len(piece) + 16, b"ICC_PROFILE\0", number, len(pieces)) + piece


def _is(data: Data, segment: _Segment, marker: int, name: bytes) -> bool:
    return segment.marker == marker and data[segment.start + 4 : segment.start + 4 + len(name)] == name


def _segments(data: Data) -> Iterator[_Segment]:
    """Yield the segments between the start and the end of the image. Raises Broken."""
    if data[:2] != b"\xff\xd8":
        raise Broken("no start of image")
    at = 2
    while True:
        start, marker = _marker(data, at)
        if marker == _EOI:
            return
        if start + 4 > len(data):
            raise Broken("it ends within a segment")
        end = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
        if end < start + 4 or end > len(data):
            raise Broken("it ends within a segment")
        if marker == _SOS:
            found = _AFTER_SCAN.search(data, end)
            if found is None:
                raise Broken("it ends within a scan")
            end = found.start()
        yield _Segment(marker, start, end)
        at = end


def _marker(data: Data, at: int) -> tuple[int, int]:
    """Return the offset of the next marker, fill bytes skipped, and the marker. Raises Broken."""
    while data[at : at + 2] == b"\xff\xff":
        at += 1
    if len(data) < at + 2 or data[at] != 0xFF or data[at + 1] in {0x00, _SOI}:
        raise Broken("no marker where one has to be")
    return at, data[at + 1]
