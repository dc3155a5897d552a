"""Run jobs, from the job queue or by id, to an end or back into the queue, and count them."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import random
from typing import Any, Unpack

from pipelines.domain.errors import Busy, FootageError, Quarantined
from pipelines.domain.reporting import Report
from pipelines.jobs.run import JobRun
from pipelines.sandbox.spending import cpu_seconds
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.current import current_job
from pipelines.scheduling.failures import as_ours, reasons, translated
from pipelines.scheduling.leases import LEASE_SECONDS, Lease, leased, renewed_lease
from pipelines.scheduling.measures import of_failure, of_run
from pipelines.scheduling.retrying import Verdict, verdict
from storage.base import Unavailable
from storage.changes import JobChanges
from storage.lease_names import job_lease
from storage.leases import LeaseLost
from storage.records import Job

log = logging.getLogger("footage")

TO_DO = frozenset({"queued", "running"})


@dataclass(frozen=True, slots=True)
class JobRunner:
    """The runner of one worker's jobs, one after the other."""

    context: WorkContext

    def take(self, lanes: Sequence[str], report: Report) -> Job | None:
        """Run the next job of these lanes; None where none is due. Raises Transient where it is queued again."""
        ledger = self.context.ledger
        with translated():
            claimed = ledger.queue.claim(lanes, self.context.holder, LEASE_SECONDS)
            if claimed is None:
                return None
            job, token = claimed
            with renewed_lease(ledger.leases, job_lease(job.id), token) as lease:
                return self._executed(job, lease, report)

    def run(self, job_id: str, report: Report) -> Job | None:
        """Run this job; None where it is no longer to be run. Raises Busy where another worker runs it."""
        ledger = self.context.ledger
        with translated(), leased(ledger.leases, job_lease(job_id), self.context.holder) as lease:
            with ledger.together():
                job = ledger.job(job_id)  # the previous holder of the lease may have ended it
                if job is None or job.state not in TO_DO:
                    return None
                job = ledger.advance(job_id, lease.token, state="running", attempts=job.attempts + 1, code="")
            return self._executed(job, lease, report)

    def _executed(self, job: Job, lease: Lease, report: Report) -> Job:
        working_on = current_job.set(job.id)
        try:
            return self._to_its_end(job, lease, report)
        finally:
            current_job.reset(working_on)

    def _to_its_end(self, job: Job, lease: Lease, report: Report) -> Job:
        run = JobRun(self.context, job, lease, report)
        began, used = time.monotonic(), cpu_seconds()
        try:
            done = run.execute()
        except LeaseLost:
            self._count({("lease_losses_total", ()): 1.0})
            self._back(job, lease)
            raise
        except Exception as error:  # noqa: BLE001 - every failure is recorded; no user gets a traceback
            return self.record_failure(job, lease, as_ours(error))
        counted = of_run(done, run.progress.spent, time.monotonic() - began, cpu_seconds() - used, run.length)
        self._count(counted | run.meter.counted)
        return done

    def _back(self, job: Job, lease: Lease) -> None:
        """Queue the job again where only its recipe's lease was lost; without its own lease nothing is changed."""
        again: JobChanges = {"state": "queued", "stage": "", "speed": 0.0}
        again |= {"attempts": job.attempts - 1, "queued": job.queued}
        with suppress(LeaseLost, Unavailable):
            self.context.ledger.advance(job.id, lease.token, **again)

    def record_failure(self, job: Job, lease: Lease, error: FootageError) -> Job:
        """Queue the job again and raise the error where the failure may pass; end the job for any other."""
        found = verdict(error, job.attempts, job.deaths, self.context.first_retry, random())  # noqa: S311 - no secret
        level = logging.DEBUG if isinstance(error, Busy) else logging.WARNING  # waiting for another worker is normal
        log.log(level, "not done", extra={"job": job.id, "code": error.code, "detail": error.detail})
        ledger = self.context.ledger
        changed = self._written(job, lease, found.wait, **_changes(job, error, found))
        if found.counted:
            self._count(of_failure(changed, error.code))
        if found.state == "queued":
            raise error
        ledger.custody.record(job.original, found.state, job.id, code=error.code)
        return changed

    def _written(self, job: Job, lease: Lease, wait: float, **changes: Unpack[JobChanges]) -> Job:
        """Write the changes, and wait for the ledger for as long as the lease is held.

        A failure that the ledger never recorded would be taken for a death.
        """
        while True:
            try:
                return self.context.ledger.advance(job.id, lease.token, wait=wait, **changes)
            except Unavailable:
                lease.check()
                time.sleep(1.0)

    def hand_back(self) -> list[Job]:
        """Queue all jobs that this process runs again and return them; its children end within a second."""
        with translated():
            return self.context.ledger.queue.hand_back(self.context.holder)

    def _count(self, amounts: dict[Any, float]) -> None:
        """Add to the counters. A failure is only logged: the job is done all the same."""
        try:
            with translated():
                self.context.ledger.tallies.add(amounts)
        except FootageError as error:
            log.warning("not counted", extra={"code": error.code, "detail": error.detail})


def _changes(job: Job, error: FootageError, found: Verdict) -> JobChanges:
    changes: JobChanges = {"state": found.state, "stage": "", "speed": 0.0, "code": error.code}
    if not found.counted:
        changes |= {"attempts": job.attempts - 1, "queued": job.queued}  # it keeps its place in the queue
    if found.died:
        changes["deaths"] = job.deaths + 1
    if isinstance(error, Busy):
        return changes  # waiting is no failure
    told = Quarantined(error.detail) if found.state == "held" and found.died else error
    return {**changes, "code": told.code, "findings": reasons(told)}
