"""Ask the fork server (:mod:`~.forkserver`), which has the libraries loaded, for child processes."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from pipelines.domain.errors import Killed
from pipelines.sandbox.limits import KEEP_MEMORY, Limits, bounded

_LINE = 64  # bytes; a line of a child's status is shorter


@dataclass(slots=True)
class Forked:
    """A child of the fork server, with the interface of :class:`subprocess.Popen`."""

    args: Any
    pid: int
    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None
    told: int  # the pipe on which the server reports the child's end
    itself: int | None  # a pidfd, because the number may be another process's by now; None: the child had ended
    returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit status, negative for a signal as of a Popen. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            ready, _, _ = select.select([self.told], [], [], timeout)
            if not ready:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self._end(os.read(self.told, _LINE).decode())
        assert self.returncode is not None  # noqa: S101 - it has just been set
        return self.returncode

    def kill(self) -> None:
        """Kill the child at once, even where it has left its process group."""
        if self.returncode is None and self.itself is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.itself, signal.SIGKILL)

    def _end(self, said: str) -> None:
        status, _, spent = said.partition(" ")
        # No status: the server is gone, and its children died with it.
        self.returncode = int(status) if status else -signal.SIGKILL
        SERVER.spent += float(spent or 0)
        os.close(self.told)
        if self.itself is not None:
            os.close(self.itself)


class Started(Protocol):
    """A started fork server, which ends once its socket is closed."""

    def wait(self) -> int: ...


def launched(orders: socket.socket) -> Started:
    """Start a fork server that takes its orders from this socket."""
    return subprocess.Popen(
        [sys.executable, "-I", "-m", "pipelines.sandbox.forkserver"],
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **KEEP_MEMORY},
        cwd="/",
        stdin=orders.fileno(),
        process_group=0,
    )


@dataclass(slots=True)
class Server:
    """The one fork server of this process, started when it is first needed and again after it was killed.

    `spent`: seconds of CPU of the children that have ended. `launch`: starts it.
    """

    spent: float = 0.0
    launch: Callable[[socket.socket], Started] = launched
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _process: Started | None = None
    _orders: socket.socket | None = None

    def order(self, text: bytes, files: Sequence[int]) -> None:
        """Have the server fork a child. Raises Killed where a server was killed twice in a row."""
        with self._lock:
            for _ in range(2):
                try:
                    socket.send_fds(self._running(), [text], files)
                except (BrokenPipeError, ConnectionResetError):
                    self._close()
                else:
                    return
        raise Killed("the server of our children was killed")

    def close(self) -> None:
        """End the server and its children; the next order starts another server."""
        with self._lock:
            self._close()

    def _running(self) -> socket.socket:
        if self._orders is None:
            self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._process = self.launch(theirs)
        return self._orders

    def _close(self) -> None:
        if self._orders is not None:
            self._orders.close()
        if self._process is not None:
            self._process.wait()
        self._orders = self._process = None


SERVER = Server()
atexit.register(SERVER.close)


def start(argv: Sequence[str], cwd: Path, inherit: Sequence[int], limits: Limits) -> Forked:
    """Have a child forked that serves `argv`: the tool, and the numbers of its confinement. Raises Killed."""
    tool, *numbers = argv
    order = {"tool": tool, "numbers": [*map(int, numbers)], "folder": str(cwd), "keep": [*inherit]}
    # A dying server may still accept an order; the second order goes to a new server.
    child = _forked(argv, order, inherit) or _forked(argv, order, inherit)
    if child is None:
        raise Killed("the server of our children was killed")
    bounded(child.pid, limits)
    return child


def _forked(argv: Sequence[str], order: dict[str, Any], inherit: Sequence[int]) -> Forked | None:
    with ExitStack() as theirs, ExitStack() as ours:
        told, tells = _pipe(ours, theirs)
        reads, stdin = _pipe(theirs, ours)
        stdout, writes = _pipe(ours, theirs)
        stderr, complains = _pipe(ours, theirs)
        SERVER.order(json.dumps(order).encode(), [tells, reads, writes, complains, *inherit])
        theirs.close()
        born = os.read(told, _LINE)
        if not born:
            return None
        ours.pop_all()
    to, answer, complaint = os.fdopen(stdin, "wb", 0), os.fdopen(stdout, "rb", 0), os.fdopen(stderr, "rb", 0)
    return Forked(argv, int(born), to, answer, complaint, told, _descriptor(int(born)))


def _pipe(reader: ExitStack, writer: ExitStack) -> tuple[int, int]:
    reading, writing = os.pipe()
    reader.callback(os.close, reading)
    writer.callback(os.close, writing)
    return reading, writing


def _descriptor(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None
