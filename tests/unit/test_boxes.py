"""Boxes of an MP4, read by hand from bytes that may lie."""

from __future__ import annotations

import io
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.tools.bitstream.boxes import Entry, box_names, clean_aperture, faststart, is_dolby_alone, sample_entry

SIZE = (1920, 1088)


def told(within: bytes) -> Entry:
    return sample_entry(film(within), SIZE)


def box(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def film(within: bytes) -> io.BytesIO:
    entries = bytes(8) + box(b"hvc1", bytes(24) + struct.pack(">2H", *SIZE) + bytes(50) + within)
    index = box(b"moov", box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", box(b"stsd", entries))))))
    return io.BytesIO(box(b"ftyp") + index + box(b"mdat", b"data"))


APERTURE = struct.pack(">8I", 1280, 2, 1080, 1, 0, 1, 0, 1)


def test_the_names_come_in_order_and_say_whether_the_index_is_in_front() -> None:
    assert box_names(film(b"")) == ["ftyp", "moov", "mdat"]
    assert faststart(film(b""))
    assert not faststart(io.BytesIO(box(b"ftyp") + box(b"mdat") + box(b"moov")))


def test_a_clean_aperture_is_two_fractions() -> None:
    assert clean_aperture(told(box(b"pasp", bytes(8)) + box(b"clap", APERTURE))) == (640, 1080)
    assert clean_aperture(told(b"")) is None


@pytest.mark.parametrize("content", [b"", APERTURE[:15], bytes(32)], ids=["empty", "cut", "zero"])
def test_an_aperture_that_is_none_is_no_aperture(content: bytes) -> None:
    assert clean_aperture(told(box(b"clap", content))) is None


@pytest.mark.parametrize(("compatible", "alone"), [(0, True), (1, False), (4, False)])
@pytest.mark.parametrize("name", [b"dvcC", b"dvvC"])
def test_dolby_vision_without_another_picture_is_told(name: bytes, compatible: int, alone: bool) -> None:
    assert is_dolby_alone(told(box(name, bytes([1, 0, 16, 5, compatible << 4])))) is alone
    assert not is_dolby_alone(told(b""))


@given(st.binary(max_size=300), st.integers(0, 300), st.integers(0, 255))
def test_whatever_the_bytes_are_reading_them_ends(noise: bytes, place: int, value: int) -> None:
    data = bytearray(film(box(b"clap", APERTURE) + noise).getvalue())
    data[place % len(data)] = value

    entry = sample_entry(io.BytesIO(data), SIZE)
    clean_aperture(entry)
    is_dolby_alone(entry)
    assert len(box_names(io.BytesIO(data))) <= 64


def test_a_track_of_another_size_is_not_asked() -> None:
    assert sample_entry(film(box(b"clap", APERTURE)), (160, 90)) == {}


def test_the_four_zeros_that_end_a_list_of_quicktime_are_no_box() -> None:
    assert clean_aperture(told(box(b"clap", APERTURE) + bytes(4))) == (640, 1080)
    assert told(bytes(4)) == {}


def test_an_index_that_goes_on_to_the_end_is_read() -> None:
    data = bytearray(film(box(b"clap", APERTURE)).getvalue()[: -len(box(b"mdat", b"data"))])
    data[8:12] = bytes(4)

    assert clean_aperture(sample_entry(io.BytesIO(data), SIZE)) == (640, 1080)


def test_a_file_of_a_million_boxes_is_given_up_soon() -> None:
    inner = b""
    for name in (b"stsd", b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        inner = box(name, inner) * 12
    began = time.process_time()

    assert sample_entry(io.BytesIO(inner), SIZE) == {}
    assert time.process_time() - began < 1
