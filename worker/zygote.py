"""Fork the processes of a machine from one that has loaded the program, a zygote (ADR 0035).

Loading the program takes each process two seconds of a core; a fork takes a tenth, and its memory is shared.
`footage up` forks its zygote before it has a thread or a connection, and adopts the processes that the zygote bears.

    up ──(words, log file)──▶ zygote ──fork──▶ ┄ ──fork──▶ footage worker
     ◀───────── pid ────────────┘                          a child of `up` once ┄ has ended
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, NoReturn, Protocol

_ADOPT = 36  # PR_SET_CHILD_SUBREAPER
_MOST_TEXT = 64 << 10  # bytes of an order or its answer
_NAME = 15  # bytes of a process's name in the kernel


class ChildProcess(Protocol):
    """The part of :class:`subprocess.Popen` that the supervisor needs."""

    pid: int

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def terminate(self) -> None: ...


@dataclass(slots=True)
class Adopted:
    """A child that another process has forked, with the interface of :class:`subprocess.Popen`."""

    pid: int
    returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal, or None while the child runs."""
        if self.returncode is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if ended else None
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit status. Raises subprocess.TimeoutExpired."""
        if self.poll() is None:
            watch = os.pidfd_open(self.pid)
            try:
                if not select.select([watch], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            finally:
                os.close(watch)
        status = self.poll()
        assert status is not None  # noqa: S101 - its pidfd says that it has ended
        return status

    def terminate(self) -> None:
        """Send SIGTERM, if the child has not been waited for."""
        if self.returncode is None:
            os.kill(self.pid, signal.SIGTERM)


Start = Callable[[Sequence[str], IO[bytes]], ChildProcess]  # a command's words and its log file


class Zygote:
    """The zygote of this process, forked at once: do so before threads, connections and signal handlers.

    `command` is what a child runs, with its words in `sys.argv`; `modules` is what it needs beyond what this process
    has loaded.
    """

    def __init__(self, command: Callable[[], NoReturn], modules: Sequence[str] = ()) -> None:
        _adopt_orphans()
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._pid = os.fork()
        if not self._pid:
            self._orders.close()
            _serve(theirs, command, modules)
        theirs.close()

    def start(self, words: Sequence[str], log: IO[bytes]) -> ChildProcess:
        """Start a footage command in a process group of its own; stdout and stderr go to `log`.

        Where the zygote was killed, the command is started as any program is.
        """
        try:
            socket.send_fds(self._orders, [json.dumps([*words]).encode()], [log.fileno()])
            if born := self._orders.recv(_MOST_TEXT):
                return Adopted(int(born))
        except (BrokenPipeError, ConnectionResetError):
            pass
        return launched(words, log)

    def close(self) -> None:
        """End the zygote; the children go on."""
        self._orders.close()
        with suppress(ChildProcessError):  # it was killed, and buried as an orphan is
            os.waitpid(self._pid, 0)


def launched(words: Sequence[str], log: IO[bytes]) -> ChildProcess:
    """Start a footage command that loads the program itself, as :meth:`Zygote.start` does otherwise."""
    command = [sys.executable, "-m", "worker.cli", *words]
    return subprocess.Popen(command, stdout=log, stderr=log, process_group=0)


def bury_orphans(ours: Collection[int]) -> None:
    """Reap what dead children have left to this process, but none of these pids: their ends are waited for."""
    with suppress(ChildProcessError):
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and ended.si_pid not in ours:
            os.waitpid(ended.si_pid, 0)


def _adopt_orphans() -> None:
    """Become the parent of every process below this one whose own parent has ended, instead of process 1."""
    if ctypes.CDLL(None, use_errno=True).prctl(_ADOPT, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


# --- the other side ---------------------------------------------------------------------------------------------


def _serve(orders: socket.socket, command: Callable[[], NoReturn], modules: Sequence[str]) -> NoReturn:
    """Fork a child for each order until `up` has ended."""
    status = 1
    try:
        os.setpgid(0, 0)  # Ctrl-C is for `up`
        Path("/proc/self/comm").write_text("zygote", encoding="ascii")
        gc.disable()  # imports leave little garbage
        for name in modules:
            import_module(name)
        gc.freeze()  # a collection in a child would copy every page that it visits
        gc.enable()
        while order := _next(orders):
            _bear(orders, *order, command)
        status = 0
    except BaseException:  # noqa: BLE001 - told as Python tells it, the child's too: the process ends here
        traceback.print_exc()
    finally:
        os._exit(status)


def _next(orders: socket.socket) -> tuple[list[str], int] | None:
    text, files, _, _ = socket.recv_fds(orders, _MOST_TEXT, 1)
    return (json.loads(text), files[0]) if text else None


def _bear(orders: socket.socket, words: list[str], log: int, command: Callable[[], NoReturn]) -> None:
    """Fork a child by one that ends at once, which leaves it to `up`; then answer with its pid."""
    told, tells = os.pipe()
    between = os.fork()
    if not between:
        myself = os.getpid()
        if born := os.fork():
            os.write(tells, str(born).encode())
            os._exit(0)
        _become(words, log, myself)
        command()
    os.waitpid(between, 0)
    os.close(log)
    os.close(tells)
    with os.fdopen(told, "rb") as pid, suppress(BrokenPipeError):
        orders.send(pid.read())


def _become(words: list[str], log: int, parent: int) -> None:
    """Turn this process into a fresh one with these words: group, name, descriptors."""
    while os.getppid() == parent:  # until it has ended and `up` is the parent
        time.sleep(0.001)
    os.setpgid(0, 0)
    said = [word for word in words if not word.startswith("-")]
    name = " ".join(said[:2])[:_NAME]  # such as `worker urgent`
    Path("/proc/self/comm").write_text(name, encoding="ascii", errors="replace")
    for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), log, log)):
        os.dup2(file, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    sys.argv[:] = ["footage", *words]
