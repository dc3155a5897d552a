"""The object store: bytes under names, six methods, knowing nothing of media.

Paths go in and paths come out, so that no file is ever held in memory whole. Only :class:`NotFound` and
:class:`Unavailable` escape from an implementation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


class StoreError(Exception):
    """Anything a store can raise."""


class NotFound(StoreError):
    """There is no object under this key."""


class Unavailable(StoreError):
    """The store can't be reached, is out of space or answered nonsense: the same call may go through later."""


@dataclass(frozen=True, slots=True)
class Blob:
    """What a store knows of one object. `size` in bytes; `sha256` in lower-case hex, taken when it was put."""

    key: str
    size: int
    sha256: str
    media_type: str
    modified: datetime


class Store(Protocol):
    """Six methods; richer behaviour is built on top of them, never added here."""

    def put(self, key: str, path: Path, *, media_type: str, if_absent: bool = False, sha256: str = "") -> bool:
        """Store the file at `path` under `key`, all of it or nothing; readers never see a part.

        `sha256`: the file's, where the caller has taken it: it is not taken again. Nobody may have written to it since.

        With `if_absent` an existing object wins, whoever races: returns False and leaves it as it is.
        Returns True where this call wrote.
        """

    def get(self, key: str, path: Path) -> None:
        """Write the object to `path`, checked against its SHA-256. Raises NotFound."""

    def stat(self, key: str) -> Blob | None:
        """What is known of the object, or None where there is none."""

    def list(self, prefix: str) -> Iterator[Blob]:
        """Every object whose key begins with `prefix`, in key order."""

    def delete(self, key: str) -> None:
        """Remove the object; removing what is not there is not an error."""

    def url(self, key: str, *, seconds: int, filename: str) -> str:
        """An address to read this one object, valid for `seconds` where the store can end it.

        `filename` is the name a browser saves it under (any Unicode). A local store answers `file://…`.
        """


_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")


def validate_key(key: str) -> str:
    """Return `key` or raise ValueError: lower-case ASCII segments, none hidden, none empty, no way upwards."""
    if len(key) > 512 or not _KEY.fullmatch(key):
        raise ValueError(f"not a storage key: {key[:80]!r}")
    return key
