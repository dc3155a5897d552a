"""Lay out a ZIP file of stored members, whose sizes and checksums are known, so that any part of it can be written.

The same members give the same bytes: times are fixed, and nothing depends on the machine. Members and archives of
4 GiB and more take the ZIP64 records (APPNOTE 6.3.10, 4.3 to 4.5). Media can't be compressed further.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

_LARGE = 0xFFFFFFFF
_MANY = 0xFFFF
_UTF8 = 1 << 11
_TIME, _DATE = 0, 0x21  # 1980-01-01, the earliest day that a ZIP can say
_OLD, _NEW = 20, 45  # versions of the format: the second has ZIP64
_UNIX = 3 << 8
_FILE_MODE = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive. `name` with `/` between folders; `size` in bytes; `crc32` of its bytes."""

    name: str
    size: int
    crc32: int


@dataclass(frozen=True, slots=True)
class MemberSpan:
    """The bytes `start` to `end` (not included) of a member, by its index."""

    member: int
    start: int
    end: int


Part = bytes | MemberSpan


class ZipLayout:
    """The layout of an archive: `size` in bytes, and its parts from any byte on."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = members
        lengths = [len(_local(member)) + member.size for member in members]
        self._starts = [0, *accumulate(lengths)]  # of each member, and of the central directory
        self._end = _directory(members, self._starts)
        self.size = self._starts[-1] + len(self._end)

    def parts(self, start: int = 0, end: int | None = None) -> Iterator[Part]:
        """Yield the bytes from `start` to `end` (not included) of the archive, a member's as stretches."""
        end = self.size if end is None else min(end, self.size)
        first = max(0, bisect_right(self._starts, start) - 1)
        for index in range(first, len(self._members)):
            begins = self._starts[index]
            if begins >= end:
                return
            yield from self._member(index, start - begins, end - begins)
        begins = self._starts[-1]
        if tail := self._end[max(0, start - begins) : max(0, end - begins)]:
            yield tail

    def _member(self, index: int, start: int, end: int) -> Iterator[Part]:
        head = _local(self._members[index])
        if cut := head[max(0, start) : end]:
            yield cut
        begins, ends = max(0, start - len(head)), min(self._members[index].size, end - len(head))
        if begins < ends:
            yield MemberSpan(index, begins, ends)


def _local(member: Member) -> bytes:
    """Return the header before a member's bytes (4.3.7)."""
    name, large = member.name.encode(), member.size >= _LARGE
    extra = struct.pack("<HHQQ", 1, 16, member.size, member.size) if large else b""
    size = _LARGE if large else member.size
    fields = (_NEW if large else _OLD, _UTF8, 0, _TIME, _DATE, member.crc32, size, size, len(name), len(extra))
    return struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", *fields) + name + extra


def _directory(members: Sequence[Member], starts: Sequence[int]) -> bytes:
    """Return the central directory and what ends the archive (4.3.12 to 4.3.16)."""
    entries = b"".join(_entry(member, start) for member, start in zip(members, starts, strict=False))
    count, size, begins = len(members), len(entries), starts[-1]
    large = b""
    if count >= _MANY or size >= _LARGE or begins >= _LARGE:
        record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, _NEW | _UNIX, _NEW, 0, 0, count, count, size, begins)
        large = record + struct.pack("<4sIQI", b"PK\x06\x07", 0, begins + size, 1)
    shown = (min(count, _MANY), min(count, _MANY), min(size, _LARGE), min(begins, _LARGE))
    return entries + large + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, *shown, 0)


def _entry(member: Member, start: int) -> bytes:
    """Return a member's entry in the central directory (4.3.12); what is too large stands in its extra field."""
    name, size = member.name.encode(), min(member.size, _LARGE)
    sizes = (member.size, member.size) if member.size >= _LARGE else ()
    wide = (*sizes, start) if start >= _LARGE else sizes
    extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    version = _NEW if wide else _OLD
    fields = (version | _UNIX, version, _UTF8, 0, _TIME, _DATE, member.crc32, size, size, len(name), len(extra))
    rest = (0, 0, 0, _FILE_MODE, min(start, _LARGE))
    return struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", *fields, *rest) + name + extra
