"""Define the object store: objects of bytes under keys, six methods, independent of media.

Files are passed by path, so that no file is ever held in memory whole. An implementation raises only
:class:`NotFound` and :class:`Unavailable`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


class StoreError(Exception):
    """The base class of every error that a store raises."""


class NotFound(StoreError):
    """The error of a key that has no object."""


class Unavailable(StoreError):
    """The error of a store that can't be reached, is out of space or gave an invalid answer.

    The same call may succeed later.
    """


@dataclass(frozen=True, slots=True)
class Blob:
    """The description of one object. `size` in bytes; `sha256` in lower-case hex, computed when the object was put."""

    key: str
    size: int
    sha256: str
    media_type: str
    modified: datetime


class Store(Protocol):
    """The interface of an object store; richer behaviour is built on top of its six methods, never added here."""

    def put(self, key: str, path: Path, *, media_type: str, if_absent: bool = False, sha256: str = "") -> bool:
        """Store the file at `path` under `key` atomically, and return True if this call wrote the object.

        Readers never see a part of an object. With `if_absent` an existing object wins every race: the call returns
        False and leaves the object unchanged. `sha256` is the file's digest where the caller has computed it, so that
        it is not computed again; the file must not have been written to since.
        """

    def get(self, key: str, path: Path) -> None:
        """Write the object to `path` and check its SHA-256. Raises NotFound."""

    def stat(self, key: str) -> Blob | None:
        """Return the description of the object, or None if there is no such object."""

    def list(self, prefix: str) -> Iterator[Blob]:
        """Yield every object whose key begins with `prefix`, in key order."""

    def delete(self, key: str) -> None:
        """Remove the object. A missing object is not an error."""

    def url(self, key: str, *, seconds: int, filename: str) -> str:
        """Return an address for reading this one object, valid for `seconds` if the store can limit it.

        `filename` is the name under which a browser saves the object (any Unicode). A local store returns `file://…`.
        """


_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")


def validate_key(key: str) -> str:
    """Return `key` if it is valid. Raises ValueError otherwise.

    A key has at most 512 characters and consists of lower-case ASCII segments. No segment is empty, hidden or `..`.
    """
    if len(key) > 512 or not _KEY.fullmatch(key):
        raise ValueError(f"not a storage key: {key[:80]!r}")
    return key
