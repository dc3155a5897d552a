"""Parameter sets of two encoders in one sample entry, by the letter of ISO/IEC 14496-15 and ITU-T H.264."""

from __future__ import annotations

import pytest

from pipelines.tools.bitstream.parameter_sets import parse, units

# An SPS and a PPS with number 0: ue(0) is the single bit 1.
_SPS, _PPS = bytes.fromhex("6764002aac"), bytes.fromhex("68eebc")
_BOX = bytes.fromhex("0164002aff e1 0005 6764002aac 01 0003 68eebc fdf8f800")


def test_a_box_that_was_read_is_written_as_it_was():
    assert parse(_BOX).written() == _BOX


def test_its_sets_are_found_with_the_length_of_a_pictures_length_field():
    sets = parse(_BOX)
    assert (sets.sequences, sets.pictures, sets.length, sets.rest.hex()) == ((_SPS,), (_PPS,), 4, "fdf8f800")


def test_a_number_that_is_taken_is_not_free():
    assert parse(_BOX).free_number() == 1


def test_another_encoders_sets_stand_beside_them_and_its_other_units_do_not():
    # ue(1) is 010: number 1.
    sps, pps, sei = bytes.fromhex("6764002a4c"), bytes.fromhex("684f"), bytes.fromhex("0605ff")
    stream = b"\0\0\0\1" + sps + b"\0\0\1" + pps + b"\0\0\1" + sei

    joined = parse(_BOX).joined(stream)

    assert (joined.sequences, joined.pictures) == ((_SPS, sps), (_PPS, pps))
    assert parse(joined.written()) == joined
    assert joined.free_number() == 2


def test_a_picture_is_kept_as_its_slices_behind_their_lengths():
    stream = b"\0\0\0\1\x09\xf0\0\0\1\x06\x05\0\0\1\x65\x88\x80\0\0\1\x65\x11"
    assert parse(_BOX).sample(stream) == bytes.fromhex("00000003 658880 00000002 6511")


def test_units_end_before_the_zeros_of_the_next_start_code():
    assert [*units(b"\0\0\0\1\x67\x01\0\0\0\1\x68\x02")] == [b"\x67\x01", b"\x68\x02"]


def test_what_is_no_box_is_refused():
    with pytest.raises(ValueError, match="no avcC"):
        parse(b"\0\0\0\1\x67")
