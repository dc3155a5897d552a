"""Whether a file ends before it says it does."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given, strategies as st

from pipelines.tools.bitstream.extent import is_cut

DATA = b"pictures"


def matroska(length: bytes) -> bytes:
    return b"\x1a\x45\xdf\xa3\x84webm" + b"\x18\x53\x80\x67" + length + DATA


def mp4(length: int) -> bytes:
    return struct.pack(">I4s", 8, b"moov") + struct.pack(">I4s", length, b"mdat") + DATA


@pytest.mark.parametrize("said", [b"\x88", b"\x40\x08", b"\x10\x00\x00\x08", b"\x01" + bytes(6) + b"\x08"])
def test_a_segment_is_whole_with_its_last_byte_and_cut_without_it(said: bytes) -> None:
    assert not is_cut(io.BytesIO(matroska(said)))
    assert is_cut(io.BytesIO(matroska(said)[:-1]))


@pytest.mark.parametrize("unknown", [b"\xff", b"\x01" + b"\xff" * 7])
def test_a_segment_that_was_begun_without_knowing_its_length_says_nothing(unknown: bytes) -> None:
    assert not is_cut(io.BytesIO(matroska(unknown)[:-3]))


def test_the_data_of_an_mp4_is_whole_with_its_last_byte_and_cut_without_it() -> None:
    assert not is_cut(io.BytesIO(mp4(8 + len(DATA))))
    assert is_cut(io.BytesIO(mp4(8 + len(DATA))[:-1]))


def test_data_that_goes_on_to_the_end_is_never_cut() -> None:
    assert not is_cut(io.BytesIO(mp4(0)))


def test_what_a_camera_hangs_onto_the_end_is_no_reason() -> None:
    assert not is_cut(io.BytesIO(mp4(8 + len(DATA)) + b"\x7f\xff\xff\xffSEFT"))


@given(st.binary(max_size=64), st.sampled_from([b"", b"\x1a\x45\xdf\xa3"]))
def test_any_bytes_have_an_answer(data: bytes, start: bytes) -> None:
    assert is_cut(io.BytesIO(start + data)) in {True, False}
