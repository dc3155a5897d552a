"""Parse and write H.264 parameter sets as MP4 keeps them (ISO/IEC 14496-15, 5.3.3.1), and add a second encoder's sets.

Pictures of two encoders may follow each other in one track if each finds its own sets under its own number. This
module does no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

_START = b"\x00\x00\x01"
SEQUENCE, PICTURE, SLICE, KEY_SLICE = 7, 8, 1, 5  # nal_unit_type (ITU-T H.264, table 7-1)
_NUMBERS = 32  # sequence parameter sets have numbers below this (7.4.2.1.1)


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """The content of an `avcC` box.

    `head`: version, profile, compatibility, level. `length`: bytes of a NAL unit's length field.
    """

    head: bytes
    length: int
    sequences: tuple[bytes, ...]
    pictures: tuple[bytes, ...]
    rest: bytes

    @property
    def level(self) -> int:
        """Return H.264's level times ten."""
        return int(self.head[3])

    def free_number(self) -> int:
        """Return the lowest number that none of these sets has. Raises ValueError where all 32 are taken."""
        taken = {_number(unit[4:]) for unit in self.sequences} | {_number(unit[1:]) for unit in self.pictures}
        free: set[int] = set(range(_NUMBERS)) - taken
        return min(free)

    def joined(self, annex_b: bytes) -> ParameterSets:
        """Return these sets together with those of another encoder."""
        others = [*units(annex_b)]
        sequences = tuple(unit for unit in others if kind(unit) == SEQUENCE)
        pictures = tuple(unit for unit in others if kind(unit) == PICTURE)
        return replace(self, sequences=self.sequences + sequences, pictures=self.pictures + pictures)

    def written(self) -> bytes:
        """Return the box's content as bytes."""
        counted = bytes([0xE0 | len(self.sequences)]) + _sized(self.sequences)
        return (
            self.head + bytes([0xFC | self.length - 1]) + counted + bytes([len(self.pictures)]) + _sized(self.pictures)
        ) + self.rest

    def sample(self, annex_b: bytes) -> bytes:
        """Return a picture as a track keeps it: its slices alone, each behind its length."""
        slices = (unit for unit in units(annex_b) if SLICE <= kind(unit) <= KEY_SLICE)
        return b"".join(len(unit).to_bytes(self.length, "big") + unit for unit in slices)


def parse(box: bytes) -> ParameterSets:
    """Parse the content of an MP4's `avcC` box. Raises IndexError or ValueError where it is none."""
    if box[0] != 1:
        raise ValueError("no avcC box")
    place, sequences = _read(box, 6, box[5] & 0x1F)
    place, pictures = _read(box, place + 1, box[place])
    return ParameterSets(box[:4], (box[4] & 3) + 1, sequences, pictures, box[place:])


def _read(box: bytes, place: int, count: int) -> tuple[int, tuple[bytes, ...]]:
    found = []
    for _ in range(count):
        end = place + 2 + int.from_bytes(box[place : place + 2], "big")
        found.append(box[place + 2 : end])
        place = end
    return place, tuple(found)


def _sized(found: tuple[bytes, ...]) -> bytes:
    return b"".join(len(unit).to_bytes(2, "big") + unit for unit in found)


def units(annex_b: bytes) -> Iterator[bytes]:
    """Yield the NAL units of a byte stream (ITU-T H.264, annex B)."""
    for part in annex_b.split(_START)[1:]:
        yield part.rstrip(b"\x00")


def kind(unit: bytes) -> int:
    """Return the unit's nal_unit_type."""
    return unit[0] & 0x1F


def _number(data: bytes) -> int:
    """Read the unsigned Exp-Golomb code at the beginning (9.1)."""
    bits = int.from_bytes(data[:9], "big")
    size = 8 * min(9, len(data))
    zeros = size - bits.bit_length()
    return (bits >> size - 2 * zeros - 1) - 1
