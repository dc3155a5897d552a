"""The one digest of the house: SHA-256 in lower-case hex, of a file or of a stream."""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path
from typing import IO


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return sha256_of_stream(file)


def sha256_of_stream(stream: IO[bytes]) -> str:
    """Return the SHA-256 of what is left of an open stream."""
    return file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type] # a botocore body reads like a file
