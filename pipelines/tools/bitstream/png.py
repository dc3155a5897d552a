"""Read the chunks of a PNG (third edition, 5.3) without decoding a pixel."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST = 1 << 20  # bytes of a chunk


def chunk(file: IO[bytes], wanted: bytes, *, before: bytes = b"") -> bytes:
    """Return the content of the first chunk of this name, 1 MiB at most; empty where there is none.

    `before`: the name of a chunk at which the search ends.
    """
    for name, length in _chunks(file):
        if name == wanted:
            return file.read(min(length, _MOST))
        if name == before:
            break
    return b""


def _chunks(file: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield the name and the length of each chunk, with the file at the beginning of its content."""
    at = len(_SIGNATURE)
    while len(head := _at(file, at).read(8)) == 8:
        length = int.from_bytes(head[:4], "big")
        yield head[4:], length
        at += 8 + length + 4


def _at(file: IO[bytes], place: int) -> IO[bytes]:
    file.seek(place, os.SEEK_SET)
    return file
