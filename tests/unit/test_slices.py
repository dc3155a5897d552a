"""The slices of a picture in H.265, and the same picture with other ends."""

from __future__ import annotations

import pytest

from pipelines.tools.bitstream.slices import CodedPicture, Stream, remembered
from pipelines.tools.damage.unread import looked_at

KEY, PREDICTED, SEI, OF_ANOTHER_LAYER = b"\x26\x01", b"\x02\x01", b"\x4e\x01", b"\x27\x01"
SEQUENCE, PICTURE = b"\x42\x01", b"\x44\x01"  # parameter sets
OTHERS = b"\x5a\xa7\x33\xc5", b"\xc9\x36\x71\x9b", b"\x2d\xe4\x96\x6b", b"\xb3\x4c\xd8\x1f"
HVCC = b"\x01" + bytes(20) + b"\xfb" + b"\x16"  # lengths of four bytes
SHORT_HVCC = b"\x01" + bytes(20) + b"\xf9" + b"\x16"  # of two
ANNEX_B = b"\x00\x00\x00\x01\x40\x01"


def unit(head: bytes, length: int) -> bytes:
    return head + bytes(1 + n % 255 for n in range(length - len(head)))


def packet(*units: bytes, length: int = 4) -> bytes:
    return b"".join(len(it).to_bytes(length, "big") + it for it in units)


def picture(*units: bytes) -> CodedPicture:
    return CodedPicture(units, counted=True)


def test_units_lie_behind_their_lengths_or_behind_start_codes() -> None:
    sei, key = unit(SEI, 20), unit(KEY, 100)

    assert Stream(HVCC).units(packet(sei, key)) == (sei, key)
    assert Stream(SHORT_HVCC).units(packet(sei, key, length=2)) == (sei, key)
    assert Stream(ANNEX_B).units(b"\x00\x00\x00\x01" + sei + b"\x00\x00\x01" + key) == (sei, key)


def test_a_picture_is_written_behind_lengths_of_four_bytes_or_start_codes_and_so_is_its_decoder_told() -> None:
    sei, key = unit(SEI, 20), unit(KEY, 70_000)

    assert CodedPicture((sei, key), counted=True).written() == packet(sei, key)
    assert CodedPicture((sei, key), counted=False).written() == b"\x00\x00\x01" + sei + b"\x00\x00\x01" + key
    assert Stream(SHORT_HVCC).opened == Stream(HVCC).opened == HVCC
    assert Stream(ANNEX_B).opened == ANNEX_B


def test_what_may_be_appended_to_a_unit_is_no_part_of_it() -> None:
    key = unit(KEY, 100)

    assert Stream(HVCC).units(packet(key + b"\x00\x00\x03" * 100_000, b"", bytes(3))) == (key,)


def test_the_latest_parameter_sets_are_remembered_the_latest_last() -> None:
    first, second, third = unit(SEQUENCE, 20), unit(PICTURE, 9), unit(PICTURE, 10)

    sets = remembered((), [first, second, unit(KEY, 50)])

    assert sets == (first, second)
    assert remembered(sets, [third]) == (first, second, third)
    assert remembered((first, second, third), [second, unit(SEI, 9)]) == (first, third, second)


def test_slices_are_those_of_the_picture_itself_that_are_long_enough_to_tell() -> None:
    units = unit(SEI, 200), unit(KEY, 100), unit(PREDICTED, 47), unit(PREDICTED, 48), unit(OF_ANOTHER_LAYER, 900)

    assert picture(*units).slices == (1, 3)


def test_another_end_is_another_thirty_second_of_the_slice_and_leaves_its_stop_bit() -> None:
    short, long = unit(KEY, 100), unit(KEY, 6400)

    assert [*picture(short, long).endings(0)] == [
        packet(short[:-16] + (other * 4)[:14] + short[-2:], long) for other in OTHERS
    ]
    assert [*picture(short, long).endings(1)] == [
        packet(short, long[:-200] + (other * 50)[:198] + long[-2:]) for other in OTHERS
    ]


def test_a_longer_picture_has_more_behind_each_slice_and_behind_nothing_else() -> None:
    sei, key = unit(SEI, 20), unit(KEY, 100)

    assert picture(sei, key).lengthened() == packet(sei, key + OTHERS[0] * 64)


@pytest.mark.parametrize("broken", [b"", b"\x00", b"\x00\x00\x00\x09\x26", b"\xff\xff\xff\xff\x26\x01", bytes(64)])
def test_a_packet_that_is_none_has_no_slices(broken: bytes) -> None:
    for extradata in (HVCC, SHORT_HVCC, ANNEX_B, b""):
        assert picture(*Stream(extradata).units(broken)).slices == ()


def test_key_frames_are_looked_at_first_and_others_spread_over_the_film() -> None:
    keys = [number % 10 == 0 for number in range(100)]

    assert looked_at(keys, 1000) == frozenset(range(100))
    assert looked_at(keys, 5) == {0, 20, 40, 60, 80}
    assert looked_at(keys, 13) == {*range(0, 100, 10), 1, 34, 67}
    assert looked_at([], 5) == looked_at(keys, 0) == frozenset()
