"""The boxes of an MP4 (ISO/IEC 14496-12, 4.2), read by hand: what no library tells."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

_MOST = 64  # boxes looked at in one place
_TO_ENTRIES = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_FULL_BOX, _VISUAL_ENTRY = 8, 78  # bytes before the boxes within: version and count; a sample entry's own fields


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its name, and where its content begins and ends in the file."""

    name: bytes
    start: int
    end: int


def faststart(file: IO[bytes]) -> bool:
    """True where an MP4's index comes before its data, so that a player can begin at once."""
    names = box_names(file)
    return "moov" in names and "mdat" in names and names.index("moov") < names.index("mdat")


def box_names(file: IO[bytes]) -> list[str]:
    """The four-letter names in order; at most 64, none beyond the end of the file."""
    return [box.name.decode("latin-1") for box in _boxes(file, 0, file.seek(0, os.SEEK_END))]


def clean_aperture(file: IO[bytes]) -> tuple[int, int] | None:
    """Width and height in pixels of what a camera says is picture and not edge (12.1.4), where it says so.

    Its offset is not read: it is nought in everything that was seen.
    """
    box = _of_a_picture(file, {b"clap"}, 16)
    across, over, down, under = struct.unpack(">4I", box or bytes(16))
    return (across // over, down // under) if over and under else None


def is_dolby_alone(file: IO[bytes]) -> bool:
    """True where no picture but Dolby Vision's own is in it (profile 5): any other decoder shows false colours.

    DOVIDecoderConfigurationRecord: four bits of `dv_bl_signal_compatibility_id`, 0 for none.
    """
    box = _of_a_picture(file, {b"dvcC", b"dvvC"}, 5)
    return box is not None and box[4] >> 4 == 0


def _of_a_picture(file: IO[bytes], names: set[bytes], size: int) -> bytes | None:
    """The first `size` bytes of the first box of these names in a sample entry."""
    for entry in _sample_entries(file, _TO_ENTRIES, 0, file.seek(0, os.SEEK_END)):
        for box in _boxes(file, entry.start + _VISUAL_ENTRY, entry.end):
            if box.name in names and box.end - box.start >= size:
                file.seek(box.start)
                return file.read(size)
    return None


def _sample_entries(file: IO[bytes], path: tuple[bytes, ...], start: int, end: int) -> Iterator[Box]:
    if not path:
        yield from _boxes(file, start + _FULL_BOX, end)
        return
    for box in _boxes(file, start, end):
        if box.name == path[0]:
            yield from _sample_entries(file, path[1:], box.start, box.end)


def _boxes(file: IO[bytes], start: int, end: int) -> Iterator[Box]:
    at = start
    for _ in range(_MOST):
        file.seek(at)
        head = file.read(16)
        if at >= end or len(head) < 8:
            return
        size, header = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(head[8:16], "big"), 16
        yield Box(head[4:8], at + header, min(at + size, end))
        if size < 8:
            return
        at += size
