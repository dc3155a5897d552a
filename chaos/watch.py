"""How soon the job of a killed worker is back in the line, and how soon it runs again."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

from chaos.faults import Broken, Kill, Storm
from chaos.schedule import KILLS
from storage.base import Unavailable
from storage.ledger import Ledger
from storage.records import ENDED

_EVERY = 0.2
_BEFORE = 3.0  # seconds after which what broke before a kill is over


@dataclass(slots=True)
class Watch:
    """Seconds from each kill: `back` to the job's being queued, held or taken up; `again` to its being taken up."""

    storm: Storm
    back: dict[Kill, float] = field(default_factory=dict)
    again: dict[Kill, float] = field(default_factory=dict)
    done: set[Kill] = field(default_factory=set)

    def run(self, over: threading.Event) -> None:
        """Until `over`."""
        with closing(self.storm.rig.ledger()) as ledger:
            while not over.wait(_EVERY):
                for kill in list(self.storm.kills):
                    if kill not in self.done:
                        self._look(ledger, kill)

    def _look(self, ledger: Ledger, kill: Kill) -> None:
        try:
            job = ledger.job(kill.job)
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

    def alone(self, limit: float) -> list[Kill]:
        """Kills during which, for so long, nothing was broken but workers."""
        lasting = [broken for broken in self.storm.broken if broken.kind not in KILLS]
        return [kill for kill in self.storm.kills if not _disturbed(kill, lasting, limit)]


def _disturbed(kill: Kill, lasting: Sequence[Broken], limit: float) -> bool:
    return any(broken.began < kill.at + limit and broken.ended > kill.at - _BEFORE for broken in lasting)
