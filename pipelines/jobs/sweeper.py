"""Find what no worker looks after any more: bring back jobs, remove files. One sweeper runs at a time, by a lease."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pipelines.domain.errors import Busy, FootageError, Quarantined
from pipelines.jobs.batch_feeding import BatchFeeder
from pipelines.jobs.edit_queue import LANE as EDIT_LANE
from pipelines.jobs.orphans import clear_orphans
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import reasons, translated
from pipelines.scheduling.lanes import LANES, Waker
from pipelines.scheduling.leases import LEASE_SECONDS
from pipelines.scheduling.measures import of_death
from pipelines.scheduling.retrying import ATTEMPTS, MOST_DEATHS
from storage.changes import JobChanges
from storage.lease_names import job_lease
from storage.records import Job, is_job_id

log = logging.getLogger("footage")

_LOT = 200  # wake-ups that wait for a lane at most: more are of no use, and take memory
_TIDY_EVERY = 3600.0
_LONGEST_UPLOAD = 7 * 24 * 3600.0  # seconds; an upload in parts may be gone on with for days
_UNSENT_SECONDS = 24 * 3600.0


@dataclass(slots=True)
class Sweeper:
    """The sweeper of an installation.

    `limit`: seconds after which outputs without a manifest are removed from the store. `tidy` is called with seconds,
    at least a week: it removes what the store keeps of uploads that were broken off longer ago.
    """

    context: WorkContext
    waker: Waker
    limit: float
    tidy: Callable[[float], None] = lambda _seconds: None
    _tidied: float = field(default=float("-inf"))
    _since: float = 0.0
    _watched: float = field(default=float("-inf"))

    def sweep(self) -> list[Job]:
        """Make one pass and return the jobs brought back. Raises Outage where the ledger can't be reached."""
        self.clear_scratch()
        with translated():
            back = [job for job in self._abandoned() if job]
            for job_id in self.context.ledger.queue.unsent(_UNSENT_SECONDS):
                self.context.ledger.move(job_id, ["received"], state="cancelled", code="never-sent")
            self._refill(back)
            self._tidy()
            clear_orphans(self.context, self.limit)
        self._feed()
        return back

    def _feed(self) -> None:
        """Feed the batches; what is away then is asked again at the next pass, and keeps nothing else waiting."""
        try:
            BatchFeeder(self.context, self.waker).feed()
        except FootageError as error:
            log.warning("batches wait", extra={"code": error.code, "detail": error.detail})

    def _abandoned(self) -> Iterator[Job | None]:
        """Bring back each running job without a lease; yield None where it has one after all.

        It counts as a death only after the sweeper has watched for a whole lease: an outage of the ledger ends all
        leases.
        """
        ledger, now = self.context.ledger, time.monotonic()
        if now - self._watched > LEASE_SECONDS / 2:  # in a longer gap a live worker may have lost its lease
            self._since = now
        watching = now - self._since >= LEASE_SECONDS
        for job in ledger.queue.abandoned():
            yield self._back(job, died=watching)
        self._watched = time.monotonic()

    def _back(self, job: Job, *, died: bool) -> Job | None:
        deaths = job.deaths + died
        # A job that takes down the whole machine, sweeper included, is found by its attempts.
        held = deaths >= MOST_DEATHS or job.attempts >= ATTEMPTS
        changes: JobChanges = {"state": "held" if held else "queued", "stage": "", "speed": 0.0, "deaths": deaths}
        if held:
            error = Quarantined("its worker was gone each time")
            changes |= {"code": error.code, "findings": reasons(error)}
        elif died:
            changes["attempts"] = max(0, job.attempts - 1)
        done = self.context.ledger.queue.give_back(job.id, **changes)
        if done:
            log.warning("its worker is gone", extra={"job": job.id, "state": done.state, "deaths": deaths})
            self.context.ledger.tallies.add(of_death(done, died=died))
        return done

    def _refill(self, back: list[Job]) -> None:
        """Send the wake-ups missing for jobs that are due: the broker may have lost them, or never received them."""
        for job in back:
            if job.state == "queued":
                self.waker.wake(job.lane)
        for lane in LANES:
            due = len(self.context.ledger.queue.due(lane, _LOT))
            due += self.context.ledger.wanted_edits.count_due() if lane == EDIT_LANE else 0
            lost = max(0, due - self.waker.pending(lane))
            for _ in range(lost):
                self.waker.wake(lane)
            if lost:
                self.context.ledger.tallies.add({("refilled_total", (("lane", lane),)): float(lost)})

    def _tidy(self) -> None:
        if time.monotonic() - self._tidied >= _TIDY_EVERY:
            self._tidied = time.monotonic()
            self.tidy(max(self.limit, _LONGEST_UPLOAD))

    def clear_scratch(self) -> None:
        """Remove this machine's scratch folders of jobs that no worker runs any more: their worker was killed."""
        for folder in self.context.scratch.iterdir():
            job_id, _, token = folder.name.rpartition("-")
            ours = is_job_id(job_id) and token.isascii() and token.isdigit()
            if ours and not self._is_held(job_id, int(token)):
                shutil.rmtree(folder, ignore_errors=True)
                log.info("scratch cleared", extra={"job": job_id})

    def _is_held(self, job_id: str, token: int) -> bool:
        try:
            with translated():
                self.context.ledger.leases.check(job_lease(job_id), token)
        except Busy:
            return False
        return True
