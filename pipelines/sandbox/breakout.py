"""Try to break out of the confinement from inside it: `footage doctor` and the tests want each attempt refused.

The attempts are harmless where the confinement holds. Those that would hurt the machine where it doesn't (a fork
bomb, a full disk) are made by the tests alone.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines.sandbox.limits import KEEP_MEMORY

_KERNEL = ctypes.CDLL(None, use_errno=True)
# Numbers of system calls on x86-64, for those that libc has no function for.
_TGKILL, _PROCESS_VM_READV, _PRLIMIT, _CLONE3 = 234, 310, 302, 435
_SHMGET, _MEMFD, _INOTIFY, _FILE_SETATTR = 29, 319, 294, 469
_OURS = {"PATH", "LANG", "LC_CTYPE", "HOME", "TMPDIR", *KEEP_MEMORY}


def serve(request: dict[str, Any]) -> bytes:
    """Return the names of the attempts that succeeded, as JSON.

    The request: `{"attempts": [name…]}`; an empty list asks for all.
    """
    names = request["attempts"] or list(ATTEMPTS)
    return json.dumps([name for name in names if _succeeds(ATTEMPTS[name])]).encode()


def _succeeds(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (OSError, MemoryError):
        return False
    return True


def by_number(number: int, *arguments: int) -> int:
    """Make a system call by its number. Raises OSError where the kernel refuses it."""
    result: int = _KERNEL.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _look_at_the_environment() -> None:
    if set(os.environ) <= _OURS:  # noqa: TID251 - to see that none of the settings came in
        raise OSError("nothing there but what we gave")


def _beside() -> Path:
    return Path.cwd().parent / "broken-out"


ATTEMPTS: dict[str, Callable[[], object]] = {
    "open /etc/passwd": lambda: Path("/etc/passwd").read_bytes(),
    "list the folder above": lambda: list(Path.cwd().parent.iterdir()),
    "write beside the scratch folder": lambda: _beside().write_text("x", encoding="utf-8"),
    "make a link out of it": lambda: Path("out").symlink_to("/etc"),
    "open a socket": socket.socket,
    "open a unix socket": lambda: socket.socket(socket.AF_UNIX),
    "read the parent's environment": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    "read the parent's memory": lambda: by_number(_PROCESS_VM_READV, os.getppid(), 0, 0, 0, 0, 0),
    "signal the parent": lambda: os.kill(os.getppid(), 0),
    "signal a thread of the parent": lambda: by_number(_TGKILL, os.getppid(), os.getppid(), 0),
    "start a process": _fork,
    "start a process by another call": lambda: by_number(_CLONE3, 0, 0),
    "run a program": lambda: os.execv("/bin/sh", ["sh", "-c", "exit 0"]),  # noqa: S606 - it must fail
    "raise its own limits": lambda: by_number(_PRLIMIT, 0, 9, id(_KERNEL), 0),
    "change the mode of a file": lambda: Path(__file__).chmod(0o777),
    "change the mode of an open file": lambda: os.fchmod(os.open(__file__, os.O_RDONLY), 0o644),
    "change the attributes of a file": lambda: by_number(_FILE_SETATTR, -100, 0, 0, 0, 0),
    "leave its process group": lambda: os.setpgid(0, os.getpgid(os.getppid())),
    "share memory that outlives it": lambda: by_number(_SHMGET, 0, 4096, 0o1600),
    "keep a file in memory": lambda: by_number(_MEMFD, id(b"x"), 0),
    "watch files": lambda: by_number(_INOTIFY, 0),
    "slow others down": lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 5),
    "find a secret in its environment": _look_at_the_environment,
}
