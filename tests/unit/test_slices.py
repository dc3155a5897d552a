"""The slices of a picture in H.265, and the same picture with other ends."""

from __future__ import annotations

import pytest

from pipelines.facts.slices import OTHERS, CodedPicture
from pipelines.facts.unread import looked_at

KEY, PREDICTED, SEI, OF_ANOTHER_LAYER = b"\x26\x01", b"\x02\x01", b"\x4e\x01", b"\x27\x01"
HVCC = b"\x01" + bytes(20) + b"\xfb" + b"\x00"  # lengths of four bytes
ANNEX_B = b"\x00\x00\x00\x01\x40\x01"


def unit(head: bytes, length: int) -> bytes:
    return head + bytes(1 + n % 255 for n in range(length - len(head)))


def packet(*units: bytes) -> bytes:
    return b"".join(len(it).to_bytes(4, "big") + it for it in units)


def test_units_lie_behind_their_lengths_or_behind_start_codes_and_are_written_as_they_lay() -> None:
    sei, key = unit(SEI, 20), unit(KEY, 100)

    counted = CodedPicture.of(packet(sei, key), HVCC)
    started = CodedPicture.of(b"\x00\x00\x00\x01" + sei + b"\x00\x00\x01" + key, ANNEX_B)

    assert counted.units == started.units == (sei, key)
    assert counted.written() == packet(sei, key)
    assert started.written() == b"\x00\x00\x01" + sei + b"\x00\x00\x01" + key


def test_what_may_be_appended_to_a_slice_is_no_part_of_it() -> None:
    key = unit(KEY, 100)

    picture = CodedPicture.of(packet(key + b"\x00\x00\x03\x00\x00\x03"), HVCC)

    assert picture.units == (key,)


def test_slices_are_those_of_the_picture_itself_that_are_long_enough_to_tell() -> None:
    units = unit(SEI, 200), unit(KEY, 100), unit(PREDICTED, 47), unit(PREDICTED, 48), unit(OF_ANOTHER_LAYER, 900)

    assert CodedPicture.of(packet(*units), HVCC).slices == (1, 3)


def test_another_end_is_another_thirty_second_of_the_slice_and_leaves_its_stop_bit() -> None:
    short, long = unit(KEY, 100), unit(KEY, 6400)
    picture = CodedPicture.of(packet(short, long), HVCC)

    assert picture.altered(0, OTHERS[1]) == packet(short[:-16] + (OTHERS[1] * 4)[:14] + short[-2:], long)
    assert picture.altered(1, OTHERS[2]) == packet(short, long[:-200] + (OTHERS[2] * 50)[:198] + long[-2:])


def test_a_longer_picture_has_more_behind_each_slice_and_behind_nothing_else() -> None:
    sei, key = unit(SEI, 20), unit(KEY, 100)

    longer = CodedPicture.of(packet(sei, key), HVCC).lengthened()

    assert longer == packet(sei, key + OTHERS[0] * 64)


@pytest.mark.parametrize("broken", [b"", b"\x00", b"\x00\x00\x00\x09\x26", b"\xff\xff\xff\xff\x26\x01", bytes(64)])
def test_a_packet_that_is_none_has_no_slices(broken: bytes) -> None:
    for extradata in (HVCC, ANNEX_B, b""):
        assert CodedPicture.of(broken, extradata).slices == ()


def test_key_frames_are_looked_at_first_and_others_spread_over_the_film() -> None:
    keys = [number % 10 == 0 for number in range(100)]

    assert looked_at(keys, 1000) == frozenset(range(100))
    assert looked_at(keys, 5) == {0, 20, 40, 60, 80}
    assert looked_at(keys, 13) == {*range(0, 100, 10), 1, 34, 67}
    assert looked_at([], 5) == looked_at(keys, 0) == frozenset()
