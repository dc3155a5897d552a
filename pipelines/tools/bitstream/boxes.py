"""Read the boxes of an MP4 (ISO/IEC 14496-12, 4.2) that no library exposes."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, takewhile
from typing import IO

_MOST, _MOST_IN_ALL = 64, 4096  # boxes read at one level, and in all
_TO_ENTRIES = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_TOP_LEVEL = {b"ftyp", b"meta", b"mdat", b"moov", b"moof", b"free", b"skip", b"uuid", b"idat", b"pdin"}
_MOST_MISSING = 1 << 40  # bytes
_VERSION = 4  # bytes of version and flags before the boxes in a `meta` box
_FULL_BOX, _VISUAL_ENTRY = 8, 78  # bytes before the inner boxes: version and count; a sample entry's own fields
_SIZE_AT = 24  # offset of the size in a sample entry


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its name, the offsets where its content begins and ends in the file, and the end that it declares."""

    name: bytes
    start: int
    end: int
    said: int


def faststart(file: IO[bytes]) -> bool:
    """Tell whether an MP4's index comes before its data, so that a player can begin at once."""
    names = box_names(file)
    return "moov" in names and "mdat" in names and names.index("moov") < names.index("mdat")


def box_names(file: IO[bytes]) -> list[str]:
    """Return the four-letter names of the top-level boxes in order: at most 64, none beyond the end of the file."""
    return [box.name.decode("latin-1") for box in _boxes(file, 0, file.seek(0, os.SEEK_END))]


def data_end(file: IO[bytes]) -> int:
    """Return the declared end of the media data in bytes; 0 where there is none.

    It lies beyond the file's own end where the file was cut.
    """
    end = file.seek(0, os.SEEK_END)
    return max((box.said for box in _boxes(file, 0, end) if box.name == b"mdat"), default=0)


Entry = dict[bytes, bytes]  # the boxes within one sample entry: name → its first bytes


def sample_entry(file: IO[bytes], size: tuple[int, int]) -> Entry:
    """Return the sample entry of the first track whose coded pictures have this size (width, height in pixels).

    It is empty where there is no such track.
    """
    for entry in _sample_entries(file, _TO_ENTRIES, _whole(file), count(1)):
        file.seek(entry.start + _SIZE_AT)
        if struct.unpack(">2H", file.read(4).ljust(4, b"\0")) == size:
            found = list(_boxes(file, entry.start + _VISUAL_ENTRY, entry.end))
            return {box.name: _head(file, box) for box in reversed(found)}
    return {}


def entry_names(file: IO[bytes]) -> set[bytes]:
    """Return the names of all tracks' sample entries: `avc1`, `mp4a`; `encv` and `enca` where they are encrypted."""
    return {entry.name for entry in _sample_entries(file, _TO_ENTRIES, _whole(file), count(1))}


def property_boxes(file: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the first bytes of each item property of a HEIF or AVIF (ISO/IEC 23008-12, 9.3.1)."""
    found = [_whole(file)]
    for name, header in ((b"meta", _VERSION), (b"iprp", 0), (b"ipco", 0)):
        found = [box for outer in found for box in _boxes(file, outer.start, outer.end) if box.name == name][:1]
        found = [replace(box, start=box.start + header) for box in found]
    for outer in found:
        yield from ((box.name, _head(file, box)) for box in _boxes(file, outer.start, outer.end))


def bytes_missing(file: IO[bytes]) -> int:
    """Return how many bytes the top-level boxes declare beyond the end of the file, 2^40 at most.

    Phones write a film or a thumbnail of their own after a photo: what is no box ends the search.
    """
    end = file.seek(0, os.SEEK_END)
    known = takewhile(lambda box: box.name in _TOP_LEVEL, _boxes(file, 0, end))
    return max(0, min(_MOST_MISSING, max((box.said for box in known), default=0) - end))


def _whole(file: IO[bytes]) -> Box:
    end = file.seek(0, os.SEEK_END)
    return Box(b"", 0, end, end)


def _head(file: IO[bytes], box: Box) -> bytes:
    file.seek(box.start)
    return file.read(max(0, min(32, box.end - box.start)))


def _sample_entries(file: IO[bytes], path: tuple[bytes, ...], within: Box, seen: Iterator[int]) -> Iterator[Box]:
    """Yield the sample entries below `path`.

    `seen` counts the boxes of the whole walk, which ends at 4096: a hostile file has millions.
    """
    inner = _FULL_BOX if not path else 0
    for box in _boxes(file, within.start + inner, within.end):
        if next(seen) > _MOST_IN_ALL:
            return
        if not path:
            yield box
        elif box.name == path[0]:
            yield from _sample_entries(file, path[1:], box, seen)


def _boxes(file: IO[bytes], start: int, end: int) -> Iterator[Box]:
    at = start
    for _ in range(_MOST):
        if at + 8 > end:
            return  # QuickTime ends a list with four zeros
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return
        size, header = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(head[8:16], "big"), 16
        if size == 0:
            size = end - at  # size 0: the box extends to the end
        yield Box(head[4:8], at + header, min(at + size, end), at + size)
        if size < 8:
            return
        at += size
