"""Carrying the schedule out: each fault in a thread of its own, and a record of when what was broken."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

from chaos.processes import descendants, kill, name_of
from chaos.proxy import Wire
from chaos.rig import Kept, Rig
from chaos.schedule import Fault, Kind
from storage.base import Unavailable
from storage.records import Job

Found = TypeVar("Found")

_PATIENCE = 8.0  # seconds that a kill waits for somebody to hit
_SLOW_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Broken:
    """What was broken from when to when, by time.monotonic."""

    kind: Kind
    began: float
    ended: float
    what: str


@dataclass(frozen=True, slots=True)
class Kill:
    """A worker that was killed over a job: what the job was like just before."""

    at: float
    job: str
    started: float


@dataclass(slots=True)
class Storm:
    """What has broken so far."""

    rig: Rig
    broken: list[Broken] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)

    def run(self, faults: list[Fault]) -> None:
        """Until all are over and healed. Raises what went wrong in carrying one out."""
        began, threads = time.monotonic(), []
        for fault in faults:
            self._locks.setdefault(fault.kind, threading.Lock())
            time.sleep(max(0.0, began + fault.at - time.monotonic()))
            threads.append(threading.Thread(target=self._carry_out, args=(fault,), name=fault.kind))
            threads[-1].start()
        for thread in threads:
            thread.join()
        if self.errors:
            raise self.errors[0]

    def _carry_out(self, fault: Fault) -> None:
        deeds: dict[Kind, Callable[[Fault], str]] = {
            "worker": self._worker,
            "child": self._child,
            "sweeper": self._sweeper,
            "cut": self._cut,
            "slow": self._slow,
            "disk": self._disk,
        }
        with self._locks[fault.kind]:
            began = time.monotonic()
            try:
                what = deeds.get(fault.kind, self._server)(fault)
            except Exception as error:  # noqa: BLE001 - told by `run`
                self.errors.append(error)
                return
            self.broken.append(Broken(fault.kind, began, time.monotonic(), what))

    def _worker(self, fault: Fault) -> str:
        """One that has a job, where there is one."""
        found = _until(lambda: self._busy(fault.chance))
        if found is None:
            kill(self.rig.workers[int(fault.chance * len(self.rig.workers))].pid)
            return "idle"
        kept, job = found
        kill(kept.pid)
        self.kills.append(Kill(time.monotonic(), job.id, job.started))
        return "at a job"

    def _busy(self, chance: float) -> tuple[Kept, Job] | None:
        """None where nobody is, or where the ledger, which would tell, is away."""
        with suppress(Unavailable), closing(self.rig.ledger()) as ledger:
            holding = self.rig.holding(ledger)
            busy = [(kept, holding[kept.pid]) for kept in self.rig.workers if kept.alive and kept.pid in holding]
            if busy:
                kept, job_id = busy[int(chance * len(busy))]
                job = ledger.job(job_id)
                return (kept, job) if job else None
        return None

    def _child(self, fault: Fault) -> str:
        pid = _until(lambda: self._some_child(fault.chance))
        if pid is None:
            return "nobody at work"
        name = name_of(pid)
        kill(pid)
        return name

    def _some_child(self, chance: float) -> int | None:
        children = [pid for kept in self.rig.workers if kept.alive for pid in descendants(kept.pid)]
        return children[int(chance * len(children))] if children else None

    def _sweeper(self, _fault: Fault) -> str:
        kill(self.rig.sweeper.pid)
        return ""

    def _server(self, fault: Fault) -> str:
        server = self.rig.site.servers[fault.kind]
        server.kill()
        time.sleep(fault.seconds)
        server.start()
        return ""

    def _cut(self, fault: Fault) -> str:
        wires, name = self._wires(fault.chance)
        silent = int(fault.chance * 1000) % 2 == 0
        for wire in wires:
            if silent:
                wire.silence()
            else:
                wire.refuse()
        self._heal_after(fault.seconds, wires)
        return f"{'silent' if silent else 'refused'}, {name}"

    def _slow(self, fault: Fault) -> str:
        wires, name = self._wires(fault.chance)
        for wire in wires:
            wire.slow(_SLOW_SECONDS)
        self._heal_after(fault.seconds, wires)
        return name

    def _wires(self, chance: float) -> tuple[list[Wire], str]:
        """One of them, or, as often as not, all."""
        names = list(self.rig.site.wires)
        chosen = names if chance < 0.5 else [names[int((chance - 0.5) * 2 * len(names))]]
        return [self.rig.site.wires[name] for name in chosen], "to all" if chosen == names else f"to {chosen[0]}"

    def _heal_after(self, seconds: float, wires: list[Wire]) -> None:
        time.sleep(seconds)
        for wire in wires:
            wire.heal()

    def _disk(self, fault: Fault) -> str:
        path = self.rig.footage.home / "ballast"
        with path.open("wb") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, self.rig.ballast)
                time.sleep(fault.seconds)
            finally:
                path.unlink()
        return f"{self.rig.ballast / (1 << 30):.1f} GiB"


@contextmanager
def storm(rig: Rig, faults: list[Fault]) -> Iterator[tuple[Storm, threading.Thread]]:
    """The schedule under way; what it raised is raised at the end of the block."""
    raging = Storm(rig)
    thread = threading.Thread(target=_catching(raging, faults), name="storm")
    thread.start()
    try:
        yield raging, thread
    finally:
        thread.join()
    if raging.errors:
        raise raging.errors[0]


def _catching(raging: Storm, faults: list[Fault]) -> Callable[[], None]:
    def run() -> None:
        try:
            raging.run(faults)
        except Exception as error:  # noqa: BLE001 - raised by who waits for the storm
            raging.errors.append(error)

    return run


def _until(look: Callable[[], Found | None]) -> Found | None:
    """What is found first, or None where nothing is in time."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    return None
