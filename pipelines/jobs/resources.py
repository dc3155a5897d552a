"""Reserve the resources that a job takes of its machine, beside those promised to others; make its scratch folder."""

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
    """The resources of one job, for as long as its lease is held."""

    context: WorkContext
    job: Job
    lease: Lease

    @contextmanager
    def scratch(self) -> Iterator[Scratch]:
        """Yield an empty folder, which is removed afterwards in any case."""
        folder = self._folder(self.job.id, self.lease.token)
        folder.mkdir(parents=True)
        try:
            yield Scratch(folder, self.context.confined, self.context.reserve)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def admit(self, size: int) -> None:
        """Raise NoSpace where `size` more bytes would leave less than the reserve of free disk."""
        admit(self.context.scratch, size, self.context.reserve)

    def reserve(self, needs: Needs) -> None:
        """Reserve the needs for this job, beside what is promised to others. Raises Full where they do not fit."""
        ledger = self.context.ledger
        ours = (self.context.box, self.job.id, self.lease.token)
        if not ledger.reservations.reserve(*ours, needs.row(), partial(self._fits, needs)):
            if self.job.state == "running":
                # The job must wait. The next worker to take it up knows its needs before it fetches the original.
                ledger.advance(self.job.id, self.lease.token, needs=needs.row())
            raise Full(f"{needs} is more than is left of {self.context.capacity()}")

    def _fits(self, needs: Needs, others: Sequence[Reservation]) -> bool:
        # Bytes that a job has written are already missing from the free disk, and must not count twice.
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
