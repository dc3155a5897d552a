"""Remove a publication from store and ledger while no job of its original is at work; custody keeps that it was."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack

from pipelines.domain.errors import Busy
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from pipelines.scheduling.leases import leased
from storage.lease_names import job_lease

log = logging.getLogger("footage")


def measured(context: WorkContext, manifest: str) -> tuple[int, int]:
    """Return the number of a publication's files in the store, and their bytes."""
    sizes = [blob.size for blob in context.store.list(_folder(manifest))]
    return len(sizes), sum(sizes)


def removed(
    context: WorkContext, original: str, manifest: str, *, stands: Callable[[], bool], note: Callable[[], None]
) -> bool:
    """Remove a publication, its manifest first; return False where it stands again or a job is at work.

    `note` records it in the ledger, in the transaction that forgets the outputs.
    """
    ledger = context.ledger
    try:
        with translated(), ExitStack() as held:
            # Any job of this original may be about to make the very same publication again.
            for job in ledger.of_original(original):
                held.enter_context(leased(ledger.leases, job_lease(job.id), context.holder))
            if stands():
                return False
            context.store.delete(manifest)
            for blob in list(context.store.list(_folder(manifest))):
                context.store.delete(blob.key)
            with ledger.together():
                ledger.forget(manifest)
                note()
    except Busy:
        log.info("a publication is left because a job of its original is at work", extra={"original": original})
        return False
    return True


def _folder(manifest: str) -> str:
    return manifest.rpartition("/")[0] + "/"
