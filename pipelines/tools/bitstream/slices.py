"""Find the slices of an H.265 picture, and write the same picture with other bytes at their ends.

A picture comes as NAL units (ITU-T H.265, 7.3.1), each behind its length (ISO/IEC 14496-15) or a start code (annex B).
This module does no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.tools.bitstream import parameter_sets

_START = b"\x00\x00\x01"
_PADDING = b"\x00\x00\x03"  # cabac_zero_words (7.3.2.10), which may follow a slice
_FIRST_OTHER_KIND, _SETS = 32, (32, 33, 34)  # nal_unit_type (table 7-1): slices lie below the first number
_HVCC, _LENGTHS = b"\x01", 21  # first byte of an `hvcC` box, and offset of the size of its length fields (8.3.3.1)
_LENGTH = 4  # bytes of the length fields that are written here
_SHARE, _LEAST = 32, 16  # 1/32 of a slice is altered, and at least 16 bytes
_STOP = 2  # bytes at the end that stay: the stop bit lies in them
_OTHERS = (b"\x5a\xa7\x33\xc5", b"\xc9\x36\x71\x9b", b"\x2d\xe4\x96\x6b", b"\xb3\x4c\xd8\x1f")
_MORE = _OTHERS[0] * 64
_MOST_SETS, _MOST_SLICES = 64, 16


@dataclass(frozen=True, slots=True)
class Stream:
    """The layout of pictures in a stream with these parameter sets (`extradata`, which a decoder is opened with)."""

    extradata: bytes

    @property
    def is_counted(self) -> bool:
        """Tell whether NAL units lie behind their lengths."""
        return self.extradata[:1] == _HVCC and len(self.extradata) > _LENGTHS

    @property
    def opened(self) -> bytes:
        """Return the `extradata` for a decoder of what :class:`CodedPicture` writes: its lengths have four bytes."""
        if not self.is_counted:
            return self.extradata
        length = bytes([self.extradata[_LENGTHS] | _LENGTH - 1])
        return self.extradata[:_LENGTHS] + length + self.extradata[_LENGTHS + 1 :]

    def units(self, packet: bytes) -> tuple[bytes, ...]:
        """Return the NAL units of a packet, without trailing zeros and cabac_zero_words."""
        found = (
            _counted(packet, (self.extradata[_LENGTHS] & 3) + 1) if self.is_counted else parameter_sets.units(packet)
        )
        return tuple(unit for unit in map(_trimmed, found) if unit)


def remembered(sets: Sequence[bytes], units: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return the parameter sets that a stream has sent so far, the latest last, at most 64.

    A decoder that reads them in this order lets a later set replace an earlier one of the same number.
    """
    new = [unit for unit in units if unit[0] >> 1 & 0x3F in _SETS]
    return (*(old for old in sets if old not in new), *new)[-_MOST_SETS:]


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """A coded picture: its NAL units in order, with the parameter sets it needs; `counted`: written behind lengths."""

    units: tuple[bytes, ...]
    counted: bool

    @property
    def slices(self) -> tuple[int, ...]:
        """Return the indices of the units that are slices of the base layer and long enough to judge; at most 16."""
        found = [n for n, unit in enumerate(self.units) if _is_slice(unit) and len(unit) >= 3 * _altered(unit)]
        return tuple(found[:_MOST_SLICES])

    def written(self) -> bytes:
        """Return the picture as a packet."""
        return b"".join((len(unit).to_bytes(_LENGTH, "big") if self.counted else _START) + unit for unit in self.units)

    def lengthened(self) -> bytes:
        """Return the packet with more bytes behind each slice, which a decoder in step does not read."""
        return self._with({n: unit + _MORE for n, unit in enumerate(self.units) if _is_slice(unit)})

    def endings(self, number: int) -> Iterator[bytes]:
        """Yield the packet with other bytes at the end of this slice; a decoder in step draws another picture of it."""
        unit = self.units[number]
        count = _altered(unit)
        for other in _OTHERS:
            yield self._with({number: unit[:-count] + (other * count)[: count - _STOP] + unit[-_STOP:]})

    def _with(self, changed: dict[int, bytes]) -> bytes:
        return CodedPicture(tuple(changed.get(n, it) for n, it in enumerate(self.units)), self.counted).written()


@dataclass(slots=True)
class H265Pictures:
    """The pictures of an H.265 stream, read in order; each is written with the parameter sets it needs.

    `alone`: a picture can be decoded by itself, against grey.
    """

    stream: Stream
    alone: bool = True
    _sets: tuple[bytes, ...] = ()

    @property
    def opened(self) -> bytes:
        """Return the `extradata` that a decoder is opened with."""
        return self.stream.opened

    def read(self, packet: bytes) -> CodedPicture:
        """Return the picture of a packet."""
        units = self.stream.units(packet)
        self._sets = remembered(self._sets, units)
        return CodedPicture((*self._sets, *units), self.stream.is_counted)


def _counted(packet: bytes, length: int) -> Iterator[bytes]:
    at = 0
    while at + length < len(packet):
        end = at + length + int.from_bytes(packet[at : at + length], "big")
        yield packet[at + length : end]
        at = end


def _trimmed(unit: bytes) -> bytes:
    end, last = len(unit), -1
    while end != last:
        last = end
        while end and not unit[end - 1]:
            end -= 1
        if unit[max(0, end - len(_PADDING)) : end] == _PADDING:
            end -= len(_PADDING)
    return unit[:end]


def _is_slice(unit: bytes) -> bool:
    return len(unit) > _STOP and unit[0] >> 1 & 0x3F < _FIRST_OTHER_KIND and not (unit[0] & 1 or unit[1] >> 3)


def _altered(unit: bytes) -> int:
    return max(_LEAST, len(unit) // _SHARE)
