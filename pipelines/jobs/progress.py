"""How far a job is: told to whoever watches and, now and then, to the ledger; and how long each stage took."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field

from pipelines.domain.reporting import Report
from pipelines.scheduling.leases import Lease
from storage.base import Unavailable
from storage.changes import JobChanges
from storage.ledger import Ledger
from storage.records import Job

_REPORT_EVERY = 0.5  # seconds between two writes of progress to the ledger

# Where each stage begins and ends in the whole job's percentage.
_SPANS = {
    "fetch": (0, 2),
    "probe": (2, 4),
    "render": (4, 90),
    "edit": (90, 95),
    "verify": (95, 97),
    "publish": (97, 100),
}


@dataclass(slots=True)
class JobProgress:
    """Of one job. `report` hears of progress as (stage, 0–1 of the whole job, × real time)."""

    ledger: Ledger
    job: Job
    lease: Lease
    report: Report
    spent: dict[str, float] = field(default_factory=dict)  # seconds in each stage
    _stage: str = ""
    _since: float = 0.0
    _written: float = field(default_factory=time.monotonic)

    def move(self, stage: str, done: float, speed: float) -> None:
        """So far it is: `done` of this stage, 0–1."""
        first, last = _SPANS[stage]
        percent = first + (last - first) * done
        self.report(stage, percent / 100, speed)
        now = time.monotonic()
        self._clock(stage, now)
        # A photo is done before anybody could read what stage it is at; ten writes would be a third of its cost.
        if now - self._written >= _REPORT_EVERY or (done == 0.0 and self.job.lane != "photo"):
            self._written = now
            changes: JobChanges = {"stage": stage, "percent": round(percent, 1), "speed": round(speed, 2)}
            with suppress(Unavailable):  # progress is no reason to stop: the lease tells whether we may go on
                self.ledger.advance(self.job.id, self.lease.token, **changes)

    def close(self) -> None:
        """There are no more of them."""
        self._clock("", time.monotonic())

    def _clock(self, stage: str, now: float) -> None:
        if stage != self._stage:
            if self._stage:
                self.spent[self._stage] = self.spent.get(self._stage, 0.0) + now - self._since
            self._stage, self._since = stage, now
