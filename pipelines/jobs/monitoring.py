"""Answer health checks and Prometheus: for all machines from the ledger, for this one from its own disk."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from pipelines.scheduling import machine
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from pipelines.scheduling.lanes import LANES, Waker
from pipelines.stages.plan import photo_tools, readers, video_tools
from storage.tallies import Tally

_NOWHERE = "health/nothing-is-here"


@dataclass(frozen=True, slots=True)
class Monitor:
    """The queries of health checks and of Prometheus. Every method raises Outage if what it asks can't be reached."""

    context: WorkContext
    waker: Waker

    def tallies(self) -> dict[Tally, float]:
        """Return every counter as it stands."""
        with translated():
            return self.context.ledger.tallies.all()

    def counts(self) -> list[tuple[str, str, int, float]]:
        """Return state, lane, number of jobs, and for how many seconds the oldest of them has been in that state."""
        with translated():
            return self.context.ledger.queue.counts()

    def workers(self) -> list[list[str]]:
        """Return the lanes of each worker that is alive."""
        with translated():
            return [lanes.split(",") for _, lanes in self.context.ledger.leases.holders("worker:")]

    def is_at_work(self, role: str) -> bool:
        """Tell whether the `sweeper` or the `webhook_sender` of any machine holds its lease."""
        with translated():
            return any(name == role for name, _ in self.context.ledger.leases.holders(role))

    def tools(self) -> list[tuple[str, str]]:
        """Return the name and version of each tool that makes outputs on this machine."""
        return sorted({*video_tools(), *photo_tools(turner=True), *readers(reads=True)})

    def unsent_webhooks(self) -> int:
        """Count the endings that the portal is still to be told."""
        with translated():
            return self.context.ledger.outbox.waiting()

    def promised(self) -> list[dict[str, int]]:
        """Return the resources promised to each running job of this machine, in bytes and cores."""
        with translated():
            return [found.needs for found in self.context.ledger.reservations.of(self.context.box)]

    def scratch(self) -> tuple[int, int]:
        """Return the bytes free on the scratch folder's disk, and the bytes written in it. Raises OSError."""
        folder = self.context.scratch
        return shutil.disk_usage(folder).free, sum(machine.written(job) for job in folder.iterdir())

    def check_store(self) -> None:
        """Ask the store for a key that does not exist, to show that it answers."""
        with translated():
            self.context.store.stat(_NOWHERE)

    def pending(self) -> dict[str, int]:
        """Return the wake-ups of each lane that no worker has taken; AWAY where the broker can't be reached."""
        return {lane: self.waker.pending(lane) for lane in LANES}
