"""Compute the SHA-256 of a file or a stream, in lower-case hex."""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path
from typing import IO


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, which is read in pieces."""
    with path.open("rb") as file:
        return sha256_of_stream(file)


def sha256_of_stream(stream: IO[bytes]) -> str:
    """Return the SHA-256 of the rest of an open stream."""
    return file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type] # a botocore body reads like a file
