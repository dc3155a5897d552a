"""`footage up`: queue server, workers, sweeper and desk on one machine; what dies is started again, with back-off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from pipelines.errors import FootageError
from pipelines.service import Service
from worker import embedded
from worker.settings import Settings

log = structlog.get_logger()

_DRAIN = 20.0  # seconds a child gets after SIGTERM
_SWEEP_EVERY = 5.0
_LONGEST_WAIT = 30.0  # seconds of back-off at most
_STEADY = 60.0  # a child that lived so long starts from no back-off again


@dataclass(slots=True)
class Child:
    """One process kept alive. `start` returns it running."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    wait: float = 0.5
    due: float = field(default_factory=time.monotonic)

    def tend(self) -> None:
        """Start it where it is due; notice where it died."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self._begin(now)
        elif (status := self.process.poll()) is not None:
            self.wait = 0.5 if now - self.began > _STEADY else min(self.wait * 2, _LONGEST_WAIT)
            self.process, self.due = None, now + self.wait
            log.warning("died, will be started again", child=self.name, status=status, seconds=self.wait)

    def _begin(self, now: float) -> None:
        try:
            self.process, self.began = self.start(), now
        except FootageError as error:
            self.wait = min(self.wait * 2, _LONGEST_WAIT)
            self.due = now + self.wait
            log.error("did not start", child=self.name, detail=error.detail, seconds=self.wait)

    def stop(self) -> None:
        """SIGTERM, time to drain, then SIGKILL to its whole group."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(_DRAIN)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def footage(settings: Settings, *arguments: str) -> Callable[[], subprocess.Popen[bytes]]:
    """Starts one of our own commands with the same settings, in a process group of its own."""
    log_path = settings.folder / "log" / f"{arguments[0]}.jsonl"

    def start() -> subprocess.Popen[bytes]:
        log_path.parent.mkdir(parents=True, exist_ok=True)
        with log_path.open("ab") as log_file:
            command = [sys.executable, "-m", "worker.cli", *arguments]
            return subprocess.Popen(command, stdout=log_file, stderr=log_file, process_group=0)

    return start


def children(settings: Settings, lanes: Sequence[str], desk: tuple[str, int] | None) -> list[Child]:
    """Queue server first, then one worker an entry of `lanes`, then the desk."""
    started = [] if settings.broker else [Child("queue", lambda: embedded.start(settings.folder))]
    started += [Child(f"worker {lane}", footage(settings, "worker", "--lanes", lane)) for lane in lanes]
    if desk:
        host, port = desk
        started.append(Child("desk", footage(settings, "serve", "--host", host, "--port", str(port))))
    return started


@contextmanager
def running(started: Sequence[Child], service: Service) -> Iterator[threading.Event]:
    """Tend the children and sweep, from a thread, until the block is left; the queue server stops last."""
    over = threading.Event()
    for child in started:
        child.tend()
    threads = [
        threading.Thread(target=_tend, args=(started, over), name="supervisor"),
        threading.Thread(target=sweep_until, args=(over, service), name="sweeper"),
    ]
    for thread in threads:
        thread.start()
    try:
        yield over
    finally:
        over.set()
        for thread in threads:
            thread.join()
        for child in reversed(started):
            child.stop()


def _tend(started: Sequence[Child], over: threading.Event) -> None:
    while not over.wait(0.2):
        for child in started:
            child.tend()


def sweep_until(over: threading.Event, service: Service) -> None:
    """Queue forgotten jobs again, every few seconds, until `over` is set."""
    while not over.wait(_SWEEP_EVERY):
        try:
            service.sweep()
        except FootageError as error:
            log.warning("the sweep will be tried again", code=error.code, detail=error.detail)


def lock(folder: Path) -> int:
    """One supervisor a FOOTAGE_HOME: the descriptor of a file locked until this process ends. Raises OSError."""
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor
