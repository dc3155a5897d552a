"""Hand out originals, which are evidence: to whom and when is recorded before the first byte."""

from __future__ import annotations

from pipelines.domain.errors import UnknownJob
from pipelines.domain.keys import original_key
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from storage.records import Job


def hand_out(context: WorkContext, job: Job, by: str, seconds: int, filename: str) -> str:
    """Return an address to read a job's original for `seconds`. Raises UnknownJob where its bytes never arrived."""
    if not job.original:
        raise UnknownJob(f"job {job.id} has no original")
    with translated():
        context.ledger.custody.record(job.original, "original-read", job.id, by=by)
        return context.store.url(original_key(job.original), seconds=seconds, filename=filename)
