"""Run as a script, by test_confinement: become USER, take the confinement of ffmpeg, then try ATTEMPT.

Prints `refused: …`, or `got out: …` where the attempt succeeded. The ways that `footage doctor` tries too, and those
that would hurt the machine if they worked.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from pipelines.sandbox import breakout
from pipelines.sandbox.confine import confine
from pipelines.sandbox.confinement import confinement
from pipelines.tools.ffmpeg import binary

_MEMORY, _FILE, _CPU = 1 << 30, 64 << 20, 2


def fork_a_thousand_times() -> int:
    return sum(1 for _ in range(1000) if os.fork())


def write_a_hundred_gigabytes() -> int:
    with Path("big").open("wb") as file:
        return sum(file.write(b"x" * (1 << 20)) for _ in range(100 << 10))


def run_for_an_hour() -> None:
    while True:
        pass


def start_a_thread() -> str:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    return "a thread"


ATTEMPTS: dict[str, Callable[[], object]] = {
    **breakout.ATTEMPTS,
    "connect on loopback": lambda: socket.socket().connect(("127.0.0.1", int(sys.argv[3]))),
    "fork 1,000 times": fork_a_thousand_times,
    "allocate 10 GB": lambda: len(bytearray(10 << 30)),
    "write 100 GB": write_a_hundred_gigabytes,
    "run for an hour": run_for_an_hour,
    # The two that must be possible: else the others would be refused for a wrong reason.
    "write into the scratch folder": lambda: Path("fine").write_text("x", encoding="utf-8"),
    "start a thread": start_a_thread,
}


def main() -> None:
    attempt, user = ATTEMPTS[sys.argv[1]], int(sys.argv[2])
    # Opened as the user would have it: the folder is theirs.
    with confinement(Path.cwd(), Path(binary.executable())) as (ruleset, filters):
        if user:
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
        confine(ruleset, filters, _MEMORY, _FILE, _CPU)
        try:
            print("got out:", attempt(), flush=True)
        except (OSError, MemoryError) as error:
            print("refused:", type(error).__name__, getattr(error, "errno", ""), flush=True)
        os._exit(0)


if __name__ == "__main__":
    main()
