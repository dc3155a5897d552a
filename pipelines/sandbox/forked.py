"""Children forked by a server that has their libraries loaded: the side of whoever asks :mod:`~.forkserver`."""

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
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from pipelines.domain.errors import Killed
from pipelines.sandbox.limits import Limits, bounded

_LINE = 64  # bytes; a line of a child's status is shorter


@dataclass(slots=True)
class Forked:
    """A child of the server; what :class:`subprocess.Popen` offers of one of ours."""

    args: Any
    pid: int
    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None
    told: int  # where the server tells of its end
    itself: int | None  # a descriptor of the process: its number may be another one's by now; None: it has ended
    returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, as a Popen has it. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            ready, _, _ = select.select([self.told], [], [], timeout)
            if not ready:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self._end(os.read(self.told, _LINE).decode())
        assert self.returncode is not None  # noqa: S101 - it has just been set
        return self.returncode

    def kill(self) -> None:
        """At once, whatever group it is in."""
        if self.returncode is None and self.itself is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.itself, signal.SIGKILL)

    def _end(self, said: str) -> None:
        status, _, spent = said.partition(" ")
        # A server that is gone has taken its children with it.
        self.returncode = int(status) if status else -signal.SIGKILL
        SERVER.spent += float(spent or 0)
        os.close(self.told)
        if self.itself is not None:
            os.close(self.itself)


@dataclass(slots=True)
class Server:
    """The one server of this process, started where it is first needed and again where it was killed.

    `spent`: seconds of CPU of the children that have ended.
    """

    spent: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _process: subprocess.Popen[bytes] | None = None
    _orders: socket.socket | None = None

    def order(self, text: bytes, files: Sequence[int]) -> None:
        """Have a child forked. Raises Killed where a server was killed twice in a row."""
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
        """It and its children end; the next order starts another."""
        with self._lock:
            self._close()

    def _running(self) -> socket.socket:
        if self._orders is None:
            self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-m", "pipelines.sandbox.forkserver"],
                    env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
                    cwd="/",
                    stdin=theirs.fileno(),
                    process_group=0,
                )
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
    """Fork a child that serves `argv`: the tool, and the numbers of its confinement. Raises Killed."""
    tool, *numbers = argv
    order = {"tool": tool, "numbers": [*map(int, numbers)], "folder": str(cwd), "keep": [*inherit]}
    # A server that is just dying still takes an order; the next one is another server's.
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
