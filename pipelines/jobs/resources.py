"""What a job takes of its machine, promised to it beside what others were promised; and its folder of scratch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pipelines.domain.errors import Full
from pipelines.sandbox.limits import Scratch, admit
from pipelines.scheduling import machine
from pipelines.scheduling.admission import Machine, Needs, fits
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.leases import Lease
from storage.records import Job, Reservation


@dataclass(frozen=True, slots=True)
class JobResources:
    """Of one job, for as long as its lease is held."""

    context: WorkContext
    job: Job
    lease: Lease

    @contextmanager
    def scratch(self) -> Iterator[Scratch]:
        """An empty folder; it is gone afterwards, whatever happened."""
        folder = self._folder(self.job.id, self.lease.token)
        folder.mkdir(parents=True)
        try:
            yield Scratch(folder, self.context.confined, self.context.reserve)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def admit(self, size: int) -> None:
        """Raises NoSpace where so many more bytes would leave less than the reserve."""
        admit(self.context.scratch, size, self.context.reserve)

    def reserve(self, needs: Needs) -> None:
        """Have it promised to this job, beside what others have been. Raises Full."""
        ledger = self.context.ledger
        ours = (self.context.box, self.job.id, self.lease.token)
        if not ledger.reservations.reserve(*ours, needs.row(), partial(self._fits, needs)):
            if self.job.state == "running":
                # It has to wait; the next to take it up knows what it needs before it is fetched.
                ledger.advance(self.job.id, self.lease.token, needs=needs.row())
            raise Full(f"{needs} is more than is left of {self.context.capacity()}")

    def _fits(self, needs: Needs, others: Sequence[Reservation]) -> bool:
        # What is written already is missing from the free disk: nobody is to wait for it twice.
        here = self.context.capacity()
        used = machine.written(self._folder(self.job.id, self.lease.token))
        room = Machine(here.disk + used, here.memory, here.cores)
        return fits(needs, [self._left(other) for other in others], room)

    def _left(self, other: Reservation) -> Needs:
        promised = Needs(**other.needs)
        used = machine.written(self._folder(other.job, other.token))
        return replace(promised, disk=max(0, promised.disk - used))

    def _folder(self, job_id: str, token: int) -> Path:
        return self.context.scratch / f"{job_id}-{token}"
