"""Run one child process to its end, or end it: deadline, stall limit, memory, its own process group.

The only place that starts a process on footage. Pipes are drained by threads, because a full pipe blocks ffmpeg
(FACTS), and the wait is a poll, because dramatiq interrupts with an exception that can't break a blocked wait.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from pipelines.errors import NoSpace, Stalled, ToolFailed

Consumer = Callable[[bytes], bool]  # takes what a pipe gave; True where that is progress
Alive = Callable[[], None]  # called while waiting; raises to stop the child (a lost lease, a cancel)

_POLL = 0.1  # seconds
_WEIGH_EVERY = 1.0
_STDERR_KEPT = 16 << 10  # bytes; the end of stderr is where ffmpeg says what went wrong


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may take: memory, one file and its whole folder in bytes; CPU, wall and standstill in seconds."""

    memory: int = 4 << 30
    cpu: int = 48 * 3600
    file_size: int = 200 << 30
    folder: int = 400 << 30
    wall: float = 6 * 3600
    stall: float = 60


@dataclass(frozen=True, slots=True)
class Scratch:
    """A job's own folder, and whether the children that work in it are confined to it."""

    path: Path
    confined: bool = True

    def __truediv__(self, name: str) -> Path:
        return self.path / name


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: exit status (negative: the signal) and the last of its stderr."""

    status: int
    stderr: str


@dataclass(slots=True)
class _Watch:
    """Shared with the reader threads: when there was progress last, and what a consumer raised."""

    moved: float = field(default_factory=time.monotonic)
    error: BaseException | None = None

    def read(self, pipe: IO[bytes], consumer: Consumer) -> None:
        try:
            while data := os.read(pipe.fileno(), 1 << 16):
                if consumer(data):
                    self.moved = time.monotonic()
        except BaseException as error:  # noqa: BLE001 - re-raised by the waiting thread
            self.error = error
        finally:
            pipe.close()


class _Tail:
    """A consumer that keeps the last of what it is given."""

    def __init__(self) -> None:
        self.data = b""

    def __call__(self, data: bytes) -> bool:
        self.data = (self.data + data)[-_STDERR_KEPT:]
        return False


def _both(first: Consumer, second: Consumer) -> Consumer:
    def consume(data: bytes) -> bool:
        return first(data) | second(data)

    return consume


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
) -> Ended:
    """Run `argv` in the scratch folder until it ends. Raises Stalled, NoSpace, or what `alive` or a consumer raised.

    `pipes` maps a descriptor the child writes to onto our reading end and its consumer; the child's ends are
    closed here once it holds them. The child inherits those, `inherit`, an almost empty environment, nothing else.
    """
    pipes = pipes or {}
    watch, tail = _Watch(), _Tail()
    child = _start(argv, scratch.path, (*pipes, *inherit), limits)
    try:
        _feed(child, stdin)
        for end in pipes:
            os.close(end)
        readers = [(child.stdout, stdout), (child.stderr, _both(tail, stderr)), *pipes.values()]
        threads = [threading.Thread(target=watch.read, args=reader, daemon=True) for reader in readers]
        for thread in threads:
            thread.start()
        _wait(child, watch, limits, alive, scratch.path)
        for thread in threads:
            thread.join()
    finally:
        _kill_group(child)
    if watch.error:
        raise watch.error
    return _ended(child.returncode, tail.data.decode(errors="replace"))


def _start(argv: Sequence[str], cwd: Path, inherit: Sequence[int], limits: Limits) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
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
    for kind, value in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_CORE, 0),
    ):
        _limit(child.pid, kind, value)
    return child


def _limit(pid: int, kind: int, value: int) -> None:
    try:
        resource.prlimit(pid, kind, (value, value))
    except ProcessLookupError:
        return  # it ended already; its status tells how


def _feed(child: subprocess.Popen[bytes], data: bytes) -> None:
    """Requests are small (under one pipe buffer): written at once, before anything is read."""
    assert child.stdin is not None  # noqa: S101 - Popen was given PIPE
    try:
        child.stdin.write(data)
        child.stdin.close()
    except BrokenPipeError:
        return  # it died before it read; its status and stderr tell why


def _wait(child: subprocess.Popen[bytes], watch: _Watch, limits: Limits, alive: Alive, folder: Path) -> None:
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
            _weigh(folder, limits.folder)


def _weigh(folder: Path, most: int) -> None:
    """The kernel limits each file; that there are not too many of them is looked at here. Raises ToolFailed."""
    with os.scandir(folder) as entries:
        size = sum(entry.stat(follow_symlinks=False).st_blocks * 512 for entry in entries)
    if size > most:
        detail = f"{size:,} bytes in the scratch folder, {most:,} allowed"
        raise ToolFailed(detail, code="output-too-large", text="处理结果异常庞大，已停止；原件已保留，请联系管理员。")


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """Nothing the child started outlives it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _ended(status: int, stderr: str) -> Ended:
    if status != 0 and "No space left on device" in stderr:
        raise NoSpace(stderr[-500:])
    return Ended(status, stderr)
