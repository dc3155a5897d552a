"""Hold a child to its limits: those that the kernel enforces, and those of its scratch folder that are checked here."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
from dataclasses import dataclass
from pathlib import Path

from pipelines.domain.errors import NoSpace, ToolFailed

_MOST_FILES, _MOST_THREADS = 2_000, 512
# A child's environment. It handles one picture after another, megabytes each: memory that is kept is not faulted in and
# cleared again for every picture (a quarter of a small film's system time).
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(256 << 20), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one child.

    `memory`, `file_size` (one file) and `folder` (its scratch folder) in bytes; `cpu`, `wall` and `stall` (time without
    progress) in seconds.
    """

    memory: int = 4 << 30
    cpu: int = 1800
    file_size: int = 256 << 20
    folder: int = 1 << 30
    wall: float = 3600
    stall: float = 60


@dataclass(frozen=True, slots=True)
class Scratch:
    """A job's own folder.

    `confined`: the children that work in it are confined to it. `reserve`: bytes of its disk that stay free.
    """

    path: Path
    confined: bool = True
    reserve: int = 0

    def __truediv__(self, name: str) -> Path:
        return self.path / name


def bounded(pid: int, limits: Limits) -> None:
    """Set the limits of a running child that the kernel enforces: memory, file size, no core dump."""
    for kind, value in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_CORE, 0),
    ):
        _limit(pid, kind, value)


def _limit(pid: int, kind: int, value: int) -> None:
    try:
        resource.prlimit(pid, kind, (value, value))
    except ProcessLookupError:
        return  # the child has ended; its exit status is read elsewhere


def weigh(scratch: Scratch, most: int) -> None:
    """Check the number and the sum of a folder's files, and the free disk; the kernel limits only each file.

    Raises ToolFailed over `most` bytes or 2,000 files, and NoSpace where the disk's reserve is used up.
    """
    size = count = 0
    with os.scandir(scratch.path) as entries:
        for count, entry in enumerate(entries, 1):  # noqa: B007 - counted to the end
            with contextlib.suppress(FileNotFoundError):
                size += entry.stat(follow_symlinks=False).st_blocks * 512
    if size > most or count > _MOST_FILES:
        detail = f"{size:,} bytes in {count:,} files in the scratch folder; {most:,} and {_MOST_FILES:,} allowed"
        raise ToolFailed(detail, code="output-too-large", text="处理结果异常庞大，已停止；原件已保留，请联系管理员。")
    admit(scratch.path, 0, scratch.reserve)


def admit(folder: Path, size: int, reserve: int) -> None:
    """Raise NoSpace where `size` more bytes in `folder` would leave less than `reserve` bytes of its disk."""
    free = shutil.disk_usage(folder).free
    if free < size + reserve:
        raise NoSpace(f"{size:,} bytes are needed beside a reserve of {reserve:,}; {free:,} are free")


def count_threads(pid: int) -> None:
    """Raise ToolFailed where a child has more than 512 threads."""
    try:
        threads = len(os.listdir(f"/proc/{pid}/task"))  # noqa: PTH208 - only the names are needed
    except OSError:
        return  # the child has ended
    if threads > _MOST_THREADS:
        raise ToolFailed(f"{threads} threads", code="output-too-large")
