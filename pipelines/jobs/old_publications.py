"""Remove publications that a batch has replaced, once they are old; the custody chain keeps that they were there.

A job of which the old publication is gone can't be taken back any more.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pipelines.domain.errors import Busy, ToolFailed
from pipelines.domain.keys import manifest_key
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from pipelines.scheduling.leases import leased
from pipelines.stages.publish import read_derived
from storage.batches import BatchItem
from storage.lease_names import job_lease
from storage.records import Job

log = logging.getLogger("footage")


@dataclass(frozen=True, slots=True)
class OldPublication:
    """A publication that a batch has replaced. `files` and `size` (bytes): in the store."""

    original: str
    job: str
    manifest: str
    files: int
    size: int
    item: BatchItem


def old_publications(context: WorkContext, before: float) -> Iterator[OldPublication]:
    """Yield what batches that ended before then (seconds since 1970) have replaced, and nothing stands on any more."""
    book = context.ledger.batches
    with translated():
        for batch in book.all():
            if batch.finished is None or batch.finished >= before:
                continue
            for item in book.items(batch.id, ["done"]):
                key, job = str(item.before.get("manifest") or ""), context.ledger.job(item.job)
                if job and key and key != item.after.get("manifest") and not _stands(context, job, key):
                    sizes = [blob.size for blob in context.store.list(_folder(key))]
                    yield OldPublication(job.original, job.id, key, len(sizes), sum(sizes), item)


def prune_publication(context: WorkContext, found: OldPublication) -> bool:
    """Remove one, its manifest first; return False where it stands again or is being worked on."""
    ledger = context.ledger
    try:
        with translated(), ExitStack() as held:
            for job in ledger.of_original(found.original):
                held.enter_context(leased(ledger.leases, job_lease(job.id), context.holder))
            now = ledger.job(found.job)
            if now is None or _stands(context, now, found.manifest):
                return False
            context.store.delete(found.manifest)
            for blob in list(context.store.list(_folder(found.manifest))):
                context.store.delete(blob.key)
            with ledger.together():
                ledger.forget(found.manifest)
                ledger.batches.mark(found.item, ["done"], "pruned")
                ledger.custody.record(
                    found.original, "publication-pruned", found.job, manifest=found.manifest, files=found.files
                )
    except Busy:
        log.info("an old publication is left because its job is at work", extra={"job": found.job})
        return False
    return True


def _stands(context: WorkContext, job: Job, key: str) -> bool:
    """Tell whether any job of the original stands by a publication, or by a derived one that is cut from it."""
    jobs = context.ledger.of_original(job.original)
    if any(one.manifest == key for one in jobs):
        return True
    decided = context.ledger.edits.of([one.id for one in jobs])
    with tempfile.TemporaryDirectory(prefix="footage-", dir=context.scratch) as folder:
        for record in decided.values():
            try:
                edition = read_derived(context.store, record.manifest, Path(folder)) if record.manifest else None
            except ToolFailed:  # of an older version: it is not known what it is cut from
                return True
            if edition and manifest_key(edition.original.sha256, edition.base) == key:
                return True
    return False


def _folder(manifest: str) -> str:
    return manifest.rpartition("/")[0] + "/"
