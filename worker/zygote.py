"""Fork the processes of a machine from one that has loaded the program, a zygote (ADR 0035).

Loading the program takes each process two seconds of a core; a fork takes a tenth, and its memory is shared.
`footage up` forks its zygote before it has a thread or a connection, and adopts the processes that the zygote bears.

    up ──(words, log file)──▶ zygote ──fork──▶ ┄ ──fork──▶ footage worker
     ◀───────── pid ────────────┘ ─────── go ────────────▶ a child of `up` since ┄ has ended
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
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, NoReturn, Protocol

import structlog

_ADOPT = 36  # PR_SET_CHILD_SUBREAPER
_MOST_TEXT, _LINE = 64 << 10, 64  # bytes of an order; of its answer, a pid
_PATIENCE = 60.0  # seconds that an answer may take: modules are loaded before the first one
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
    """The zygote of this process, forked at once: before threads, connections and signal handlers.

    `command` is what a child runs, with its words in `sys.argv`; `modules` is what it needs beyond what this process
    has loaded. While it serves, no other thread may start children: :meth:`bury` would reap them.
    """

    def __init__(self, command: Callable[[], NoReturn], modules: Sequence[str] = ()) -> None:
        _adopt_orphans()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # where it is ignored, no child can be waited for
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._orders.settimeout(_PATIENCE)
        pid = os.fork()
        if not pid:
            self._orders.close()
            _serve(theirs, command, modules)
        theirs.close()
        self._itself = os.pidfd_open(pid)
        self._is_lost = False

    def start(self, words: Sequence[str], log: IO[bytes]) -> ChildProcess:
        """Start a footage command in a process group of its own; stdout and stderr go to `log`.

        Where the zygote is lost, or can't fork, the command is started as any program is.
        """
        born = 0 if self._is_lost else self._born(words, log)
        return Adopted(born) if born else launched(words, log)

    def _born(self, words: Sequence[str], log: IO[bytes]) -> int:
        """Return the pid of a new child; 0: there is none."""
        try:
            socket.send_fds(self._orders, [json.dumps([*words]).encode()], [log.fileno()])
            try:
                answer = self._orders.recv(_LINE)
            except TimeoutError:
                self.close()
                answer = self._orders.recv(_LINE)  # what it had answered meanwhile
        except OSError:
            answer = b""
        if not answer:
            self._is_lost = True
            structlog.get_logger().warning("the zygote is lost, processes load the program themselves")
        return int(answer or 0)

    def bury(self, ours: Collection[int]) -> None:
        """Reap what dead children have left to this process, but none of these pids: their ends are waited for."""
        with suppress(ChildProcessError):
            while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and ended.si_pid not in ours:
                os.waitpid(ended.si_pid, 0)

    def close(self) -> None:
        """Kill the zygote; the children go on."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._itself, signal.SIGKILL)


def launched(words: Sequence[str], log: IO[bytes]) -> ChildProcess:
    """Start a footage command that loads the program itself, as :meth:`Zygote.start` does otherwise."""
    command = [sys.executable, "-m", "worker.cli", *words]
    return subprocess.Popen(command, stdout=log, stderr=log, process_group=0)


def _adopt_orphans() -> None:
    """Become the parent of every process below this one whose own parent has ended, instead of process 1."""
    if ctypes.CDLL(None, use_errno=True).prctl(_ADOPT, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


# --- the other side ---------------------------------------------------------------------------------------------


def _serve(orders: socket.socket, command: Callable[[], NoReturn], modules: Sequence[str]) -> NoReturn:
    """Fork a child for each order until `up` has ended."""
    with _ending():
        os.setpgid(0, 0)  # Ctrl-C is for `up`
        Path("/proc/self/comm").write_text("zygote", encoding="ascii")
        gc.disable()  # imports leave little garbage
        for name in modules:
            import_module(name)
        gc.freeze()  # a collection in a child would copy every page that it visits
        gc.enable()
        if len([*Path("/proc/self/task").iterdir()]) > 1:
            raise RuntimeError("a fork would leave out a thread that an import has started")
        while order := _next(orders):
            try:
                _bear(orders, *order, command)
            except OSError:  # no process or memory to be had: perhaps next time
                traceback.print_exc()
                orders.send(b"0")
    raise AssertionError("the block has ended the process")


@contextmanager
def _ending() -> Iterator[None]:
    """End this process with the block, and tell of an error as Python does."""
    status = 1
    try:
        yield
        status = 0
    except BaseException:  # noqa: BLE001 - the process ends here
        traceback.print_exc()
    finally:
        os._exit(status)


def _next(orders: socket.socket) -> tuple[list[str], int] | None:
    text, files, _, _ = socket.recv_fds(orders, _MOST_TEXT, 1)
    return (json.loads(text), files[0]) if text else None


def _bear(orders: socket.socket, words: list[str], log: int, command: Callable[[], NoReturn]) -> None:
    """Fork a child by one that ends at once, which leaves it to `up`; answer with its pid, and then let it go."""
    told, tells = os.pipe()
    waits, goes = os.pipe()
    between = os.fork()
    if not between:
        with _ending():
            if born := os.fork():
                os.setpgid(born, born)
                os.write(tells, str(born).encode())
            else:
                os.close(goes)
                _become(words, log, waits)
                command()
    for file in (tells, waits, log):
        os.close(file)
    os.waitpid(between, 0)
    with suppress(BrokenPipeError):
        orders.send(os.read(told, _LINE) or b"0")
        os.write(goes, b".")
    os.close(told)
    os.close(goes)


def _become(words: list[str], log: int, waits: int) -> None:
    """Turn this process into a fresh one with these words: descriptors, name. Ends it where `up` does not know it."""
    if not os.read(waits, 1):
        os._exit(1)
    said = [word for word in words if not word.startswith("-")]
    name = " ".join(said[:2])[:_NAME]  # such as `worker urgent`
    Path("/proc/self/comm").write_text(name, encoding="ascii", errors="replace")
    for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), log, log)):
        os.dup2(file, number)
    for other in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
        if other > 2:
            with suppress(OSError):  # that of the listing is closed already
                os.close(other)
    sys.argv[:] = ["footage", *words]
