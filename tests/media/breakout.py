"""Run as a script, by test_confinement: become USER, take the confinement of ffmpeg, then try ATTEMPT.

Prints `refused: …`, or `got out: …` where the attempt succeeded.
"""

from __future__ import annotations

import ctypes
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from pipelines import video
from pipelines.confine import confine
from pipelines.confinement import confinement

_MEMORY, _FILE, _CPU = 1 << 30, 64 << 20, 2
_SYSCALLS = ctypes.CDLL(None, use_errno=True)


def fork_a_thousand_times() -> int:
    return sum(1 for _ in range(1000) if os.fork())


def write_a_hundred_gigabytes() -> int:
    with Path("big").open("wb") as file:
        return sum(file.write(b"x" * (1 << 20)) for _ in range(100 << 10))


def run_for_an_hour() -> None:
    while True:
        pass


def by_number(number: int, *arguments: int) -> int:
    result: int = _SYSCALLS.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result


def start_a_thread() -> str:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    return "a thread"


ATTEMPTS: dict[str, Callable[[], object]] = {
    "open /etc/passwd": lambda: Path("/etc/passwd").read_text(encoding="utf-8"),
    "write beside the scratch folder": lambda: Path("../beside").write_text("x", encoding="utf-8"),
    "make a link out of it": lambda: os.symlink("/etc", "out"),  # noqa: PTH211
    "connect on loopback": lambda: socket.socket().connect(("127.0.0.1", int(sys.argv[3]))),
    "read the parent's environment": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    "read the parent's memory": lambda: by_number(310, os.getppid(), 0, 0, 0, 0, 0),
    "signal the parent": lambda: os.kill(os.getppid(), 0),
    "signal a thread of the parent": lambda: by_number(234, os.getppid(), os.getppid(), 0),
    "fork 1,000 times": fork_a_thousand_times,
    "run a program": lambda: os.execv("/bin/sh", ["sh", "-c", "echo got out: a shell"]),
    "allocate 10 GB": lambda: len(bytearray(10 << 30)),
    "raise its own limits": lambda: by_number(302, 0, 9, id(_SYSCALLS), 0),
    "change the mode of a file": lambda: Path(__file__).chmod(0o777),
    "write 100 GB": write_a_hundred_gigabytes,
    "run for an hour": run_for_an_hour,
    # The two that must be possible: else the others would be refused for a wrong reason.
    "write into the scratch folder": lambda: Path("fine").write_text("x", encoding="utf-8"),
    "start a thread": start_a_thread,
}


def main() -> None:
    attempt, user = ATTEMPTS[sys.argv[1]], int(sys.argv[2])
    # Opened as the user would have it: the folder is theirs.
    with confinement(Path.cwd(), Path(video.executable())) as (ruleset, filters):
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
