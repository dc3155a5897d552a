"""Compute digests of files: SHA-256 in lower-case hex, and the CRC-32 of a ZIP."""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path
from typing import IO
from zlib import crc32

_PIECE = 1 << 20  # bytes


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, which is read in pieces."""
    with path.open("rb") as file:
        return sha256_of_stream(file)


def sha256_of_stream(stream: IO[bytes]) -> str:
    """Return the SHA-256 of the rest of an open stream."""
    return file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type] # a botocore body reads like a file


def crc32_of(path: Path) -> int:
    """Return the CRC-32 of a file."""
    found = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found = crc32(piece, found)
    return found
