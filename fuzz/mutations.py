"""Ways to spoil a file, reproducible from a seed: bytes overturned, cut, spliced; boxes and segments that lie."""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random

Mutation = Callable[[bytearray, Random], bytearray]


def mutate(data: bytes, number: int) -> tuple[str, bytes]:
    """The name and the bytes of mutant `number` of a file; the same for ever."""
    chance = Random(f"{number}:{len(data)}")
    name = chance.choice(sorted(MUTATIONS))
    return name, bytes(MUTATIONS[name](bytearray(data), chance))


def overturn(data: bytearray, chance: Random) -> bytearray:
    """A few bytes become others, anywhere."""
    for _ in range(chance.choice((1, 4, 32, 256))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return data


def overturn_head(data: bytearray, chance: Random) -> bytearray:
    """The same within the first kilobyte, where the headers are."""
    for _ in range(chance.choice((1, 2, 8))):
        data[chance.randrange(min(1024, len(data)))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    return data


def cut(data: bytearray, chance: Random) -> bytearray:
    """The end is missing."""
    return data[: chance.randrange(1, len(data))]


def cut_out(data: bytearray, chance: Random) -> bytearray:
    """A piece in the middle is missing."""
    start = chance.randrange(len(data))
    del data[start : start + chance.randrange(1, 4096)]
    return data or bytearray(b"\0")


def splice(data: bytearray, chance: Random) -> bytearray:
    """A piece stands again in another place."""
    start = chance.randrange(len(data))
    piece = data[start : start + chance.randrange(1, 4096)]
    at = chance.randrange(len(data))
    return data[:at] + piece + data[at:]


def lie_in_a_box(data: bytearray, chance: Random) -> bytearray:
    """A box of an MP4 claims another size or another number of entries."""
    names = (b"moov", b"trak", b"mdia", b"stbl", b"stsz", b"stco", b"stts", b"ctts", b"stsd", b"mdat", b"tkhd", b"mvhd")
    places = [at for name in names if (at := data.find(name)) >= 4]
    if not places:
        return overturn(data, chance)
    at = chance.choice(places)
    field = at + chance.choice((-4, 4, 8, 12, 16, 20))
    if 0 <= field <= len(data) - 4:
        struct.pack_into(">I", data, field, chance.choice((0, 1, 7, 0x7FFFFFFF, 0xFFFFFFFF, chance.getrandbits(32))))
    return data


def lie_in_a_segment(data: bytearray, chance: Random) -> bytearray:
    """A segment of a JPEG claims another length, or the frame header another size."""
    places = [at for at in range(len(data) - 9) if data[at] == 0xFF and 0xC0 <= data[at + 1] <= 0xFE]
    if not places:
        return overturn_head(data, chance)
    at = chance.choice(places[:64])
    field = at + chance.choice((2, 5, 7))
    struct.pack_into(">H", data, field, chance.choice((0, 1, 2, 0x7FFF, 0xFFFF, chance.getrandbits(16))))
    return data


MUTATIONS: dict[str, Mutation] = {
    "bytes overturned": overturn,
    "header overturned": overturn_head,
    "cut off": cut,
    "cut out": cut_out,
    "spliced": splice,
    "box lies": lie_in_a_box,
    "segment lies": lie_in_a_segment,
}
