"""Define what a store offers that clients may send a large object to directly, in parts that it signs for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class SentPart:
    """A part that a client has sent. `size` in bytes; `etag` as the store states it."""

    size: int
    etag: str


@runtime_checkable
class PartStore(Protocol):
    """The interface of a store that signs the parts of an upload; beside the six methods of an object store."""

    def begin_parts(self, key: str) -> str:
        """Begin an upload in parts and return its id."""

    def part_urls(self, key: str, upload: str, numbers: Iterable[int], seconds: int) -> dict[int, str]:
        """Return addresses for a PUT of each of these parts, from 1 on, valid for `seconds`."""

    def sent_parts(self, key: str, upload: str) -> dict[int, SentPart]:
        """Return the parts that have been sent. Raises NotFound where there is no such upload of this key."""

    def finish_parts(self, key: str, upload: str, parts: Mapping[int, SentPart]) -> None:
        """Make these parts one object, which is there once this returns."""
