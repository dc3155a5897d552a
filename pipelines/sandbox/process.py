"""Run one child process to its end, or end it: deadline, stall limit, memory, its own process group.

No other module starts a process on footage. Threads drain the pipes, because a full pipe blocks ffmpeg (FACTS). The
wait is a poll, because dramatiq interrupts with an exception that can't break a blocked wait.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from pipelines.domain.errors import Killed, NoSpace, OutOfTime, Stalled
from pipelines.sandbox.limits import Limits, Scratch, bounded, count_threads, weigh

Consumer = Callable[[bytes], bool]  # takes bytes read from a pipe; returns True where they are progress
Alive = Callable[[], None]  # called while waiting; raises to stop the child (a lost lease, a cancel)

_POLL = 0.1  # seconds
_WEIGH_EVERY = 1.0
_AT_ONCE = 1 << 18  # bytes read from a pipe
_HELD = 1 << 20  # bytes a pipe may hold: a picture of the analysis has a hundred thousand, and each switch costs both
_STDERR_KEPT = 16 << 10  # bytes; ffmpeg reports its error at the end of stderr


_TAG = re.compile(r"^\s+[^\s:][^:\n]*: .*\n?", re.MULTILINE)


def untagged(said: str) -> str:
    """Return ffmpeg's output without the tags of the file it read, which name people and places.

    They are the indented lines `name : value`.
    """
    return _TAG.sub("", said)


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a child: its exit status (negative: the signal) and the last 16 KiB of its stderr."""

    status: int
    stderr: str

    def tail(self, most: int) -> str:
        """Return the last `most` characters of stderr for a log: without the tags of the file that was read."""
        return untagged(self.stderr)[-most:]


@dataclass(slots=True)
class _Watch:
    """The state shared with the reader threads: the time of the last progress, and what a consumer raised."""

    moved: float = field(default_factory=time.monotonic)
    error: BaseException | None = None

    def read(self, pipe: IO[bytes], consumer: Consumer) -> None:
        """Feed the consumer from a pipe until the pipe ends; keep what is raised for the waiting thread."""
        try:
            while data := os.read(pipe.fileno(), _AT_ONCE):
                if consumer(data):
                    self.moved = time.monotonic()
        except BaseException as error:  # noqa: BLE001 - re-raised by the waiting thread
            self.error = error
        finally:
            pipe.close()


class Child(Protocol):
    """The interface of a child process, a part of that of :class:`subprocess.Popen`."""

    args: Any
    pid: int
    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit status (negative: the signal). Raises subprocess.TimeoutExpired."""

    def kill(self) -> None:
        """Kill the child at once."""


class _Tail:
    """A consumer that keeps the last 16 KiB of what it is given."""

    def __init__(self) -> None:
        self.data = b""

    def __call__(self, data: bytes) -> bool:
        self.data = (self.data + data)[-_STDERR_KEPT:]
        return False


def _both(first: Consumer, second: Consumer) -> Consumer:
    def consume(data: bytes) -> bool:
        return first(data) | second(data)

    return consume


class _ForeignProgram(subprocess.Popen[bytes]):
    """A program whose end wakes its waiter: Popen's own wait with a timeout looks a hundred times a second."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit status. Raises subprocess.TimeoutExpired."""
        if timeout is not None and self.returncode is None:
            itself = os.pidfd_open(self.pid)
            try:
                ending = select.poll()  # not select, which fails for descriptors over 1023
                ending.register(itself, select.POLLIN)
                if not ending.poll(timeout * 1000):
                    raise subprocess.TimeoutExpired(self.args, timeout)
            finally:
                os.close(itself)
        return super().wait()


def widen(pipe: int) -> None:
    """Let a pipe hold more, as far as the kernel allows this user."""
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _HELD)


def start(argv: Sequence[str], cwd: Path, inherit: Sequence[int], limits: Limits) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own, with an almost empty environment."""
    child = _ForeignProgram(
        argv,
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(cwd), "TMPDIR": str(cwd)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=tuple(inherit),
        process_group=0,
        bufsize=0,
    )
    assert child.stdout is not None  # noqa: S101 - Popen was given PIPE
    widen(child.stdout.fileno())
    bounded(child.pid, limits)
    return child


Start = Callable[[Sequence[str], Path, Sequence[int], Limits], Child]


def run(
    argv: Sequence[str],
    *,
    scratch: Scratch,
    limits: Limits,
    stdout: Consumer = lambda _: True,
    pipes: Mapping[int, tuple[IO[bytes], Consumer]] | None = None,
    inherit: Sequence[int] = (),
    stdin: bytes = b"",
    stderr: Consumer = lambda _: False,
    alive: Alive = lambda: None,
    start: Start = start,
) -> Ended:
    """Run `argv` in the scratch folder until it ends; `start` is the function that starts the child.

    Raises Stalled, Killed, NoSpace, OutOfTime, ToolFailed (folder or threads), and what `alive` or a consumer raised.

    `pipes` maps a descriptor that the child writes to onto our reading end and its consumer. The child's ends are
    closed here once it holds them. The child inherits those, `inherit`, an almost empty environment, nothing else.
    """
    pipes = pipes or {}
    watch, tail = _Watch(), _Tail()
    child = start(argv, scratch.path, (*pipes, *inherit), limits)
    try:
        _feed(child, stdin)
        for end in pipes:
            os.close(end)
        readers = [(child.stdout, stdout), (child.stderr, _both(tail, stderr)), *pipes.values()]
        threads = [threading.Thread(target=watch.read, args=reader, daemon=True) for reader in readers]
        for thread in threads:
            thread.start()
        _wait(child, watch, limits, alive, scratch)
        _kill_group(child)  # first, because a process that holds a pipe open would keep its reader waiting
        for thread in threads:
            thread.join()
    finally:
        _kill_group(child)
    if watch.error:
        raise watch.error
    return _ended(child.wait(), tail.data.decode(errors="replace"))


def _feed(child: Child, data: bytes) -> None:
    """Write the request to stdin at once, before anything is read: it is smaller than a pipe buffer."""
    assert child.stdin is not None  # noqa: S101 - Popen was given PIPE
    try:
        child.stdin.write(data)
        child.stdin.close()
    except BrokenPipeError:
        return  # the child died before it read; its status and stderr give the reason


def _wait(child: Child, watch: _Watch, limits: Limits, alive: Alive, scratch: Scratch) -> None:
    began = weighed = time.monotonic()
    while True:
        try:
            child.wait(timeout=_POLL)
        except subprocess.TimeoutExpired:
            pass
        else:
            return
        alive()
        now = time.monotonic()
        if watch.error:
            return
        if now - watch.moved > limits.stall:
            raise Stalled(f"{child.args!r:.200}: no progress for {limits.stall:.0f} s")
        if now - began > limits.wall:
            raise Stalled(f"{child.args!r:.200}: still running after {limits.wall:.0f} s")
        if now - weighed > _WEIGH_EVERY:
            weighed = now
            weigh(scratch, limits.folder)
            count_threads(child.pid)


def _kill_group(child: Child) -> None:
    """Kill the child and its process group, so that nothing the child started outlives it.

    The child itself is killed even where it has left its group.
    """
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.wait()


def _ended(status: int, stderr: str) -> Ended:
    if status != 0 and "No space left on device" in stderr:
        raise NoSpace(stderr[-500:])
    if status == -signal.SIGXCPU:
        raise OutOfTime(f"a child used up its CPU time: {stderr[-200:]}")
    if status == -signal.SIGKILL:
        raise Killed("a child was killed: by the kernel for its memory or its time, or by hand")
    return Ended(status, stderr)
