"""Processes by their parents, as /proc tells them, and the end of them."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path


def descendants(pid: int) -> list[int]:
    """Children, their children and so on, of whatever group or session."""
    families: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name, in brackets, may hold anything.
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            families.setdefault(parent, []).append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found += families.get(one, [])
    return found[1:]


def kill(*pids: int) -> None:
    """kill -9; those that are gone already are no error."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def name_of(pid: int) -> str:
    """What it runs: `ffmpeg`, or the tool that one of our children serves."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
        if any("ffmpeg" in word for word in words):
            return "ffmpeg"
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return "child"


def working_in(folder: Path) -> list[int]:
    """Processes whose working directory is below this folder, removed or not."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str((process / "cwd").readlink()).startswith(str(folder)):
                found.append(int(process.name))
    return found
