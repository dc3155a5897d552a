"""Three workers and a sweeper with wrong clocks, reached by nothing but the wires; who dies is started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaos.servers import Site
from pipelines.service import Service
from storage.lease_names import JOBS
from storage.ledger import Ledger
from tests.running import Footage
from worker.app import House, open_house
from worker.settings import Settings

_CLOCKS = Path(__file__).parent / "clock"
# S3 takes no request that is a quarter of an hour off: more would be another test.
_PEOPLE = (
    ("worker", "urgent,photo", 600),
    ("worker", "photo,video,bulk", -600),
    ("worker", "video,bulk", 0),
    ("sweep", "", 420),
)
_GIB = 1 << 30
_STOP_SECONDS = 40


@dataclass(slots=True)
class Kept:
    """One of our own processes, and the words it is started with."""

    words: tuple[str, ...]
    clock: int
    process: subprocess.Popen[bytes]
    born: float = field(default_factory=time.monotonic)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process.poll() is None


@dataclass(slots=True)
class Rig:
    """`slack`: bytes of disk beside the reserve; `ballast` has to be more than that to fill it."""

    footage: Footage
    site: Site
    slack: int
    people: list[Kept] = field(default_factory=list)
    starts: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _tending: threading.Thread | None = None

    @property
    def scratch(self) -> Path:
        return self.footage.home / "scratch"

    @property
    def ballast(self) -> int:
        return self.slack * 3 // 2

    @property
    def workers(self) -> list[Kept]:
        return [kept for kept in self.people if kept.words[0] == "worker"]

    @property
    def sweeper(self) -> Kept:
        return next(kept for kept in self.people if kept.words[0] == "sweep")

    def house(self) -> House:
        """The queue's broker and a service in this process, by the workers' own wires: for units and operator."""
        named: dict[str, Any] = {name.removeprefix("FOOTAGE_").lower(): value for name, value in self.footage.more}
        return open_house(Settings(home=self.footage.home, **named))

    def ledger(self) -> Ledger:
        """For who only looks: not by the wires."""
        return Ledger(dict(self.site.direct)["FOOTAGE_LEDGER_URL"])

    def holding(self, ledger: Ledger) -> dict[int, str]:
        """The job that each worker has just now, by its process."""
        held = ledger.leases.holders(JOBS)
        return {int(holder.rpartition(":")[2]): name.removeprefix(JOBS) for name, holder in held}

    def start(self, words: Sequence[str], clock: int) -> Kept:
        self.starts += 1
        wrong = {"PYTHONPATH": str(_CLOCKS), "CHAOS_CLOCK": str(clock)}
        return Kept(tuple(words), clock, self.footage.start(*words, **wrong))

    def open(self) -> None:
        """Everybody starts, and is started again."""
        self.people = [
            self.start([word, "--lanes", lanes] if lanes else [word], clock) for word, lanes, clock in _PEOPLE
        ]
        self._tending = threading.Thread(target=self._tend, name="tending")
        self._tending.start()

    def close(self) -> list[int]:
        """SIGTERM to all, and SIGKILL to who doesn't listen; how they ended. Twice is harmless."""
        self._over.set()
        if self._tending:
            self._tending.join()
        for kept in self.people:
            if kept.alive:
                kept.process.send_signal(signal.SIGTERM)
        return [_status(kept.process) for kept in self.people]

    def _tend(self) -> None:
        """Who died is started again a second later at the soonest: one who can't start is no storm."""
        while not self._over.wait(0.2):
            for number, kept in enumerate(self.people):
                if not kept.alive and time.monotonic() - kept.born > 1:
                    self.people[number] = self.start(kept.words, kept.clock)


@contextmanager
def running_rig(folder: Path, site: Site, *, orphans: float) -> Iterator[Rig]:
    """Everybody at work until the block is left; then they are told to stop, and have to."""
    home = folder / "home"
    home.mkdir()
    free = shutil.disk_usage(home).free
    slack = min(4 * _GIB, free // 4)
    ours = {
        "FOOTAGE_RESERVE_BYTES": str(free - slack),
        "FOOTAGE_RETRY_SECONDS": "1",
        "FOOTAGE_ORPHAN_SECONDS": str(orphans),
        "FOOTAGE_DRAIN_SECONDS": "5",
    }
    if campaign := os.environ.get("FOOTAGE_CAMPAIGN"):
        ours["FOOTAGE_CAMPAIGN"] = campaign
    rig = Rig(Footage(home, (*site.wired, *ours.items())), site, slack)
    rig.open()
    try:
        yield rig
    finally:
        rig.close()


def _status(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGUSR1)  # its stacks into its log
        time.sleep(1)
        process.kill()
        return process.wait()


@contextmanager
def serving(rig: Rig) -> Iterator[Service]:
    """The rig's service, closed at the end."""
    house = rig.house()
    try:
        yield house.service
    finally:
        house.broker.close()
        house.service.close()
