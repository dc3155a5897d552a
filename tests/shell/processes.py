"""Processes below others, looked up and held still."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def at_rest(worker: int) -> Iterator[None]:
    """Let a worker's ffmpeg stand still: it is not what the test is about, and the others want the core."""
    deadline = time.monotonic() + 10
    while not (encoders := below(worker, "ffmpeg")):  # a stage is told a moment before its ffmpeg is there
        assert time.monotonic() < deadline
        time.sleep(0.02)
    for process in encoders:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in encoders:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


def below(process: int, program: str) -> list[int]:
    """The processes of a program that one has started, or that were started by those."""
    named = subprocess.run(["pgrep", program], capture_output=True, check=False).stdout
    return [int(one) for one in named.split() if process in ancestors(int(one))]


def ancestors(process: int) -> list[int]:
    """The processes above one; none where it has ended."""
    found = [process]
    with suppress(OSError):
        while found[-1] > 1:
            found.append(int(Path(f"/proc/{found[-1]}/stat").read_text().rpartition(")")[2].split()[1]))
    return found[1:]
