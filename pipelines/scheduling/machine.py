"""What this machine has: memory and cores, as far as a container lets us use them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup/memory.max")


def memory() -> int:
    """Bytes that this machine, or this container, has in all."""
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):
        return min(there, int(_CGROUP.read_text()))
    return there


def cores() -> int:
    """Cores that we may run on."""
    return len(os.sched_getaffinity(0))


def written(folder: Path) -> int:
    """Bytes on disk in a job's scratch folder."""
    size = 0
    with suppress(OSError):
        for entry in os.scandir(folder):
            with suppress(FileNotFoundError):
                size += entry.stat(follow_symlinks=False).st_blocks * 512
    return size
