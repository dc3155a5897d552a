"""Keep the bytes of uploads that have begun: a file for each, as long as what has come, and its promised length."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path

EXPIRES_SECONDS = 86_400  # after the last byte; the desk removes older ones when it starts


_TURNS: dict[str, object] = {}  # whose turn it is, by job: a desk is one process
_WRITING: dict[str, asyncio.Lock] = {}


@dataclass(frozen=True, slots=True)
class PartialUpload:
    """One upload of a job that has begun, in the desk's folder of uploads."""

    folder: Path
    job_id: str

    @property
    def path(self) -> Path:
        """Return the path of the bytes that have come."""
        return self.folder / f"{self.job_id}.part"

    @property
    def _promise(self) -> Path:
        return self.folder / f"{self.job_id}.length"

    def begin(self, length: int) -> None:
        """Begin an upload of `length` bytes."""
        self.path.write_bytes(b"")
        self._promise.write_text(str(length), encoding="ascii")

    @property
    def length(self) -> int | None:
        """Return the promised number of bytes; None where no such upload has begun."""
        try:
            return int(self._promise.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None

    @property
    def offset(self) -> int:
        """Return the number of bytes that have come."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def expires(self) -> float:
        """Return until when the upload may go on, in seconds since 1970."""
        changed = self.path.stat().st_mtime if self.path.exists() else time.time()
        return changed + EXPIRES_SECONDS

    def append(self, data: bytes) -> None:
        """Add bytes at the end."""
        with self.path.open("ab") as file:
            file.write(data)

    def end(self) -> None:
        """Remove the upload."""
        self.path.unlink(missing_ok=True)
        self._promise.unlink(missing_ok=True)
        _TURNS.pop(self.job_id, None)
        _WRITING.pop(self.job_id, None)

    def take_turn(self) -> object:
        """Return a token for this request. A request that had the turn before loses it: its line may be dead."""
        turn = _TURNS[self.job_id] = object()
        return turn

    def is_turn(self, turn: object) -> bool:
        """Tell whether no later request has taken the turn."""
        return _TURNS.get(self.job_id) is turn

    @property
    def writing(self) -> asyncio.Lock:
        """Return the lock under which the turn is looked at and bytes are added."""
        return _WRITING.setdefault(self.job_id, asyncio.Lock())


def settle(path: Path) -> None:
    """Wait until a file's bytes are on the disk: its length is what a client relies on after a crash."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def forget_abandoned(folder: Path) -> None:
    """Remove uploads that no byte has come for in a day, and other files of that age, which a killed desk has left."""
    oldest = time.time() - EXPIRES_SECONDS
    for left in folder.iterdir():
        beside = left.with_suffix(".part")
        newest = max((path.stat().st_mtime for path in (left, beside) if path.is_file()), default=oldest)
        if left.is_file() and newest < oldest:
            left.unlink(missing_ok=True)
