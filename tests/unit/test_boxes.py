"""Boxes of an MP4, read by hand from bytes that may lie."""

from __future__ import annotations

import io
import struct
import time

from hypothesis import given, strategies as st

from pipelines.tools.bitstream.boxes import (
    Entry,
    box_names,
    bytes_missing,
    entry_names,
    faststart,
    sample_entry,
)

SIZE = (1920, 1088)


def told(within: bytes) -> Entry:
    return sample_entry(film(within), SIZE)


def box(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def film(within: bytes) -> io.BytesIO:
    entries = bytes(8) + box(b"hvc1", bytes(24) + struct.pack(">2H", *SIZE) + bytes(50) + within)
    index = box(b"moov", box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", box(b"stsd", entries))))))
    return io.BytesIO(box(b"ftyp") + index + box(b"mdat", b"data"))


ASPECT = struct.pack(">2I", 4, 3)


def test_the_names_come_in_order_and_say_whether_the_index_is_in_front() -> None:
    assert box_names(film(b"")) == ["ftyp", "moov", "mdat"]
    assert faststart(film(b""))
    assert not faststart(io.BytesIO(box(b"ftyp") + box(b"mdat") + box(b"moov")))


def test_the_boxes_of_a_sample_entry_are_found_by_name() -> None:
    assert told(box(b"pasp", ASPECT)) == {b"pasp": ASPECT}
    assert told(b"") == {}


def test_the_kinds_of_all_tracks_are_known() -> None:
    assert entry_names(film(b"")) == {b"hvc1"}
    assert entry_names(io.BytesIO(b"")) == set()


def test_what_a_box_declares_beyond_the_end_is_missing() -> None:
    whole = film(b"").getvalue()

    assert bytes_missing(io.BytesIO(whole)) == 0
    assert bytes_missing(io.BytesIO(whole[:-1])) == 1
    assert bytes_missing(io.BytesIO(whole + b"MotionPhoto_Data" + bytes(40))) == 0
    assert bytes_missing(io.BytesIO(whole + struct.pack(">I4sQ", 1, b"free", 1 << 61))) == 1 << 40


def test_a_box_smaller_than_its_own_header_is_empty() -> None:
    for size in range(8):
        assert told(struct.pack(">I4s", size, b"btrt") + bytes(8)).get(b"btrt", b"") in {b"", bytes(8)}


@given(st.binary(max_size=300), st.integers(0, 300), st.integers(0, 255))
def test_whatever_the_bytes_are_reading_them_ends(noise: bytes, place: int, value: int) -> None:
    data = bytearray(film(box(b"pasp", ASPECT) + noise).getvalue())
    data[place % len(data)] = value

    sample_entry(io.BytesIO(data), SIZE)
    entry_names(io.BytesIO(data))
    assert bytes_missing(io.BytesIO(data)) >= 0
    assert len(box_names(io.BytesIO(data))) <= 64


def test_a_track_of_another_size_is_not_asked() -> None:
    assert sample_entry(film(box(b"pasp", ASPECT)), (160, 90)) == {}


def test_the_four_zeros_that_end_a_list_of_quicktime_are_no_box() -> None:
    assert told(box(b"pasp", ASPECT) + bytes(4)) == {b"pasp": ASPECT}
    assert told(bytes(4)) == {}


def test_an_index_that_goes_on_to_the_end_is_read() -> None:
    data = bytearray(film(box(b"pasp", ASPECT)).getvalue()[: -len(box(b"mdat", b"data"))])
    data[8:12] = bytes(4)

    assert sample_entry(io.BytesIO(data), SIZE) == {b"pasp": ASPECT}


def test_a_file_of_a_million_boxes_is_given_up_soon() -> None:
    inner = b""
    for name in (b"stsd", b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        inner = box(name, inner) * 12
    began = time.process_time()

    assert sample_entry(io.BytesIO(inner), SIZE) == {}
    assert time.process_time() - began < 1
