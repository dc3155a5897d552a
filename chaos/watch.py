"""How soon the job of a killed worker is back in the line, and how soon it runs again."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from chaos.faults import Broken, Kill, Storm
from chaos.schedule import Kind
from storage.base import Unavailable
from storage.ledger import Ledger
from storage.records import ENDED

_EVERY = 0.2
# What keeps a sweeper from its work, and for how many seconds after its end: it has to come again, or to wait for the
# lease of the one that was killed.
_FELT: dict[Kind, float] = {"database": 3.0, "cut": 3.0, "slow": 3.0, "sweeper": 16.0}


@dataclass(slots=True)
class Watch:
    """Seconds from each kill: `back` to the job's being queued, held or taken up; `again` to its being taken up."""

    storm: Storm
    ledger: Ledger
    back: dict[Kill, float] = field(default_factory=dict)
    again: dict[Kill, float] = field(default_factory=dict)
    done: set[Kill] = field(default_factory=set)

    def run(self, over: threading.Event) -> None:
        """Until `over`."""
        while not over.wait(_EVERY):
            for kill in list(self.storm.kills):
                if kill not in self.done:
                    self._look(kill)

    def _look(self, kill: Kill) -> None:
        try:
            job = self.ledger.job(kill.job)
        except Unavailable:
            return
        passed = time.monotonic() - kill.at
        if job is None:
            return
        if job.started > kill.started:
            self.back.setdefault(kill, passed)
            self.again[kill] = passed
            self.done.add(kill)
        elif job.state in ENDED and job.state != "held":
            self.done.add(kill)  # it had ended when its worker was killed, or somebody ended it
        elif job.state != "running":
            self.back.setdefault(kill, passed)

    def undisturbed(self, limit: float) -> list[Kill]:
        """Kills after which, for so long, the sweeper was there and could reach the ledger."""
        return [kill for kill in self.storm.kills if not self._disturbed(kill, limit)]

    def _disturbed(self, kill: Kill, limit: float) -> bool:
        until = kill.at + min(limit, self.back.get(kill, limit))
        return any(one.began < until and one.ended + _FELT.get(one.kind, 0.0) > kill.at for one in self._in_the_way())

    def _in_the_way(self) -> list[Broken]:
        return [broken for broken in self.storm.broken if broken.kind in _FELT]
