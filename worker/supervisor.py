"""Run queue server, workers, sweeper, webhook sender and desk on one machine; restart dead processes (`footage up`)."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from pipelines.domain.errors import Busy, FootageError
from pipelines.jobs.sweeper import Sweeper
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import as_ours
from pipelines.scheduling.leases import Lease, leased
from storage.lease_names import SWEEPER, WEBHOOK_SENDER
from worker import embedded
from worker.settings import Settings
from worker.webhook_sender import WebhookSender
from worker.zygote import ChildProcess, Start, Zygote

log = structlog.get_logger()

STOP_SECONDS = 10.0  # seconds that a child gets after SIGTERM, in addition to the time to drain
_PASS_EVERY = 2.0  # seconds between passes of the sweeper and of the webhook sender
_LONGEST_WAIT = 30.0  # seconds; the longest back-off
_STEADY = 60.0  # seconds of life after which the back-off of a child is reset


@dataclass(slots=True)
class Supervised:
    """A child process that is kept alive. `start` starts and returns it."""

    name: str
    start: Callable[[], ChildProcess]
    process: ChildProcess | None = None
    began: float = 0.0
    drain: float = 0.0  # seconds that it may take to finish its work
    wait: float = 0.5
    due: float = field(default_factory=time.monotonic)

    def tend(self) -> None:
        """Start the process if it is due, and schedule a restart with back-off if it has died."""
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
        except (FootageError, OSError) as error:
            self.wait = min(self.wait * 2, _LONGEST_WAIT)
            self.due = now + self.wait
            log.error("did not start", child=self.name, detail=str(error), seconds=self.wait)

    def ask_to_stop(self) -> None:
        """Send SIGTERM if the process has work to finish, so that all workers drain at once, before the queue stops."""
        if self.process and self.drain:
            self.process.terminate()

    def stop(self) -> None:
        """Send SIGTERM, wait for the time to drain and 10 s more, then send SIGKILL to the process group."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(self.drain + STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def footage(settings: Settings, starting: Start, *arguments: str) -> Callable[[], ChildProcess]:
    """Return a function that starts a footage command with the same settings, in a process group of its own."""
    log_path = settings.folder / "log" / f"{arguments[0]}.jsonl"

    def start() -> ChildProcess:
        log_path.parent.mkdir(parents=True, exist_ok=True)
        with log_path.open("ab") as log_file:
            # The child ends with its parent, even a killed one: no other process would look after it.
            return starting([*arguments, "--parent", str(os.getpid())], log_file)

    return start


def children(
    settings: Settings, starting: Start, lanes: Sequence[str], desk: tuple[str, int] | None
) -> list[Supervised]:
    """Return the children in starting order: queue server, one worker per entry of `lanes`, desk."""
    started = [] if settings.broker else [Supervised("queue", lambda: embedded.start(settings.folder))]
    worker = partial(footage, settings, starting, "worker", "--lanes")
    started += [Supervised(f"worker {it}", worker(it), drain=settings.drain_seconds) for it in lanes]
    if desk:
        host, port = desk
        started.append(Supervised("desk", footage(settings, starting, "serve", "--host", host, "--port", str(port))))
    return started


@contextmanager
def running(
    started: Sequence[Supervised], sweeper: Sweeper, webhooks: WebhookSender | None = None, zygote: Zygote | None = None
) -> Iterator[threading.Event]:
    """Tend the children, sweep and send webhooks, each in a thread, until the block is left; the queue stops last."""
    over = threading.Event()
    for child in started:
        child.tend()
    threads = [
        threading.Thread(target=_tend, args=(started, over, zygote), name="supervisor"),
        threading.Thread(target=sweep_until, args=(over, sweeper), name="sweeper"),
        threading.Thread(target=tell_until, args=(over, webhooks), name="webhooks"),
    ]
    for thread in threads:
        thread.start()
    try:
        yield over
    finally:
        over.set()
        for thread in threads:
            thread.join()
        for child in started:
            child.ask_to_stop()
        for child in reversed(started):
            child.stop()


def _tend(started: Sequence[Supervised], over: threading.Event, zygote: Zygote | None) -> None:
    while not over.wait(0.2):
        for child in started:
            child.tend()
        if zygote:
            zygote.bury([child.process.pid for child in started if child.process])


def sweep_until(over: threading.Event, sweeper: Sweeper) -> None:
    """Sweep every 2 s until `over` is set."""
    # Each machine clears the scratch folders of its own dead jobs, even if another one sweeps the ledger.
    _by_lease(over, sweeper.context, SWEEPER, lambda _: sweeper.sweep(), otherwise=sweeper.clear_scratch)


def tell_until(over: threading.Event, webhooks: WebhookSender | None) -> None:
    """Send due webhooks every 2 s until `over` is set; do nothing without a webhook sender."""
    if webhooks:
        _by_lease(over, webhooks.context, WEBHOOK_SENDER, partial(webhooks.tell, over))


def _by_lease(
    over: threading.Event,
    context: WorkContext,
    name: str,
    once: Callable[[Lease], object],
    *,
    otherwise: Callable[[], object] = lambda: None,
) -> None:
    """Call `once` every 2 s under a lease, which one process of all machines holds at a time.

    While another process holds the lease, call only `otherwise`.
    """
    while not over.wait(_PASS_EVERY):
        try:
            otherwise()
            with leased(context.ledger.leases, name, context.holder) as lease:
                while not over.is_set():
                    lease.check()
                    once(lease)
                    over.wait(_PASS_EVERY)
        except Busy:
            log.debug("another is at work", lease=name)
        except Exception as error:  # noqa: BLE001 - this thread would not be started again
            log.warning("will be tried again", lease=name, detail=as_ours(error).detail)


def is_locked(folder: Path) -> bool:
    """Tell whether a supervisor runs on this folder: it holds the lock until it ends, however it ends."""
    import fcntl

    try:
        with (folder / "up.lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def lock(folder: Path) -> int:
    """Lock FOOTAGE_HOME for one supervisor until this process ends, and return the lock file's descriptor.

    Raises BlockingIOError if another supervisor holds the lock, or another OSError.
    """
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor
