"""Queue jobs again, and cancel them."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.jobs.editor import job_at
from pipelines.jobs.naming import job_id_of
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from pipelines.scheduling.lanes import Waker
from pipelines.scheduling.measures import of_cancel
from storage.changes import JobChanges
from storage.records import FINAL, Job

FRESH: JobChanges = {"state": "queued", "attempts": 0, "deaths": 0, "percent": 0.0, "code": ""}


def again(context: WorkContext, waker: Waker, job_id: str, states: Sequence[str]) -> Job:
    """Queue a job that is in one of these states again; any other stays as it is. Raises UnknownJob."""
    job = job_at(context, job_id)
    if not job.original:
        return job  # its bytes never arrived
    fresh: JobChanges = {**FRESH, "findings": []}
    with translated():
        moved = context.ledger.move(job_id, states, **fresh)
        if moved is None:
            return job_at(context, job_id)
        context.ledger.custody.record(moved.original, "queued-again", moved.id, was=job.state)
    waker.wake(moved.lane)
    return moved


def again_in_bulk(context: WorkContext, waker: Waker, jobs: Sequence[Job]) -> list[Job]:
    """Queue these finished jobs again in the bulk lane; a job that runs meanwhile is left alone."""
    queued, fresh = [], JobChanges(**FRESH, lane="bulk")
    for chosen in jobs:
        with translated():
            job = context.ledger.move(chosen.id, sorted(FINAL), **fresh)
        if job:
            waker.wake(job.lane)
            queued.append(job)
    return queued


def cancel(context: WorkContext, job_id: str) -> Job:
    """Cancel a job that has not ended: its worker stops within two seconds. Raises UnknownJob."""
    with translated():
        job = context.ledger.cancel(job_id_of(job_id), stage="", speed=0.0)
        if job:
            context.ledger.tallies.add(of_cancel(job))
        if job and job.original:
            context.ledger.custody.record(job.original, "cancelled", job.id)
    return job or job_at(context, job_id)
