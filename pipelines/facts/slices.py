"""The slices of a picture in H.265, and the same picture with other bytes at their ends. Pure.

A picture comes as NAL units (ITU-T H.265, 7.3.1), each behind its length (ISO/IEC 14496-15) or a start code (annex B).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_START = b"\x00\x00\x01"
_PADDING = b"\x00\x00\x03"  # cabac_zero_words (7.3.2.10), which may follow a slice
_FIRST_OTHER_KIND = 32  # nal_unit_type: below it lie slices (table 7-1)
_SHARE, _LEAST = 32, 16  # what is altered: a part of the slice, and bytes at least
_STOP = 2  # bytes at the end that stay: the stop bit lies in them
OTHERS = (b"\x5a\xa7\x33\xc5", b"\xc9\x36\x71\x9b", b"\x2d\xe4\x96\x6b", b"\xb3\x4c\xd8\x1f")
_MORE = 64  # times the first of them


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """`units` in their order; `length`: bytes of the length before each, 0 for start codes."""

    units: tuple[bytes, ...]
    length: int

    @classmethod
    def of(cls, packet: bytes, extradata: bytes) -> CodedPicture:
        """A packet of a stream with these parameter sets: an `hvcC` box begins with its version, 1 (8.3.3.1)."""
        length = (extradata[21] & 3) + 1 if extradata[:1] == b"\x01" and len(extradata) > 21 else 0
        return cls(tuple(_counted(packet, length) if length else _started(packet)), length)

    @property
    def slices(self) -> tuple[int, ...]:
        """Which of the units are slices of the picture itself, not of another layer, and long enough to tell."""
        return tuple(n for n, unit in enumerate(self.units) if _is_slice(unit) and len(unit) >= 3 * _altered(unit))

    def written(self) -> bytes:
        """As a packet."""
        return b"".join(self._before(unit) + unit for unit in self.units)

    def lengthened(self) -> bytes:
        """With more bytes behind each slice, which nobody who is in step will read."""
        return self._with({n: unit + _MORE * OTHERS[0] for n, unit in enumerate(self.units) if _is_slice(unit)})

    def altered(self, number: int, other: bytes) -> bytes:
        """With other bytes at the end of this slice, which nobody who is in step can read to the same end."""
        unit = self.units[number]
        count = _altered(unit)
        ending = (other * count)[: count - _STOP]
        return self._with({number: unit[:-count] + ending + unit[-_STOP:]})

    def _with(self, changed: dict[int, bytes]) -> bytes:
        return CodedPicture(tuple(changed.get(n, unit) for n, unit in enumerate(self.units)), self.length).written()

    def _before(self, unit: bytes) -> bytes:
        return len(unit).to_bytes(self.length, "big") if self.length else _START


def _counted(packet: bytes, length: int) -> Iterator[bytes]:
    at = 0
    while at + length < len(packet):
        end = at + length + int.from_bytes(packet[at : at + length], "big")
        yield _trimmed(packet[at + length : end])
        at = end


def _started(packet: bytes) -> Iterator[bytes]:
    yield from (_trimmed(part) for part in packet.split(_START)[1:])


def _trimmed(unit: bytes) -> bytes:
    unit = unit.rstrip(b"\x00")
    while unit.endswith(_PADDING):
        unit = unit[: -len(_PADDING)].rstrip(b"\x00")
    return unit


def _is_slice(unit: bytes) -> bool:
    return len(unit) > _STOP and unit[0] >> 1 & 0x3F < _FIRST_OTHER_KIND and not (unit[0] & 1 or unit[1] >> 3)


def _altered(unit: bytes) -> int:
    return max(_LEAST, len(unit) // _SHARE)
