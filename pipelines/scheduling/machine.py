"""Measure this machine's memory and cores, as far as its container allows their use, and the bytes in a folder."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup/memory.max")


def memory() -> int:
    """Return the bytes of memory that this machine, or this container, has in all."""
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):
        return min(there, int(_CGROUP.read_text()))
    return there


def cores() -> int:
    """Return the number of cores that this process may run on."""
    return len(os.sched_getaffinity(0))


def written(folder: Path) -> int:
    """Return the bytes on disk of the files in a job's scratch folder."""
    size = 0
    with suppress(OSError):
        for entry in os.scandir(folder):
            with suppress(FileNotFoundError):
                size += entry.stat(follow_symlinks=False).st_blocks * 512
    return size
