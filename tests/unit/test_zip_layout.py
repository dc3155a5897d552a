"""A laid-out ZIP is what other programs read, and any part of it can be written alone."""

from __future__ import annotations

import io
import zipfile
import zlib

from hypothesis import given, strategies as st

from pipelines.domain.zip_layout import Member, MemberSpan, ZipLayout

FILES = st.lists(st.tuples(st.text(min_size=1, max_size=20), st.binary(max_size=50)), max_size=6)


def laid_out(files: list[tuple[str, bytes]]) -> ZipLayout:
    return ZipLayout([Member(name, len(data), zlib.crc32(data)) for name, data in files])


def written(layout: ZipLayout, files: list[tuple[str, bytes]], start: int = 0, end: int | None = None) -> bytes:
    parts = layout.parts(start, end)
    return b"".join(files[p.member][1][p.start : p.end] if isinstance(p, MemberSpan) else p for p in parts)


def test_python_reads_the_same_names_and_bytes():
    files = [("佐证/一.jpg", b"one"), ("空.txt", b""), ("b.mp4", b"x" * 999)]

    with zipfile.ZipFile(io.BytesIO(written(laid_out(files), files))) as archive:
        assert archive.testzip() is None
        assert [(info.filename, archive.read(info)) for info in archive.infolist()] == files
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@given(FILES, st.data())
def test_any_part_is_the_same_as_of_the_whole(files, data):
    layout = laid_out(files)
    whole = written(layout, files)
    start = data.draw(st.integers(0, layout.size))
    end = data.draw(st.integers(start, layout.size))

    assert len(whole) == layout.size
    assert written(layout, files, start, end) == whole[start:end]


def test_members_and_places_of_4_gib_are_said_in_64_bits():
    # given a member of exactly 4 GiB - 1, which the old fields use as their mark, and one that begins behind it
    layout = ZipLayout([Member("a", 0xFFFFFFFF, 1), Member("b", 0, 0)])
    tail = layout.size - 400

    # when the end alone is written, as a reader would ask for it, and the rest is a hole
    data = b"".join(part for part in layout.parts(tail) if isinstance(part, bytes))
    with zipfile.ZipFile(_Sparse(tail, layout.size, data)) as archive:
        infos = archive.infolist()

    # then both are found
    assert [(info.filename, info.file_size) for info in infos] == [("a", 0xFFFFFFFF), ("b", 0)]
    assert infos[1].header_offset > 0xFFFFFFFF


def test_more_members_than_16_bits_count_are_all_found():
    files = [(f"{number}", b"") for number in range(65_536)]

    with zipfile.ZipFile(io.BytesIO(written(laid_out(files), files))) as archive:
        assert len(archive.infolist()) == 65_536


class _Sparse(io.RawIOBase):
    """A file of which only the end is there."""

    def __init__(self, start: int, size: int, data: bytes) -> None:
        self._start, self._size, self._data, self._at = start, size, data, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = (0, self._at, self._size)[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._size, self._at + size)
        begins = self._size - len(self._data)
        hole = bytes(max(0, min(end, begins) - self._at)) if self._at < begins else b""
        found = hole + self._data[max(0, self._at - begins) : max(0, end - begins)]
        self._at = end
        return found
