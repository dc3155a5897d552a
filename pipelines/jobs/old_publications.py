"""Remove publications that a batch has replaced, once they are old; the custody chain keeps that they were there.

A job of which the old publication is gone can't be taken back any more.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.domain.errors import ToolFailed
from pipelines.domain.keys import manifest_key
from pipelines.jobs.removal import measured, removed
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from pipelines.stages.publish import read_derived
from storage.batches import BatchItem
from storage.records import Job


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
                    yield OldPublication(job.original, job.id, key, *measured(context, key), item)


def prune_publication(context: WorkContext, found: OldPublication) -> bool:
    """Remove one; return False where it stands again or is being worked on."""
    ledger = context.ledger

    def stands() -> bool:
        now = ledger.job(found.job)
        return now is None or _stands(context, now, found.manifest)

    def note() -> None:
        ledger.batches.mark(found.item, ["done"], "pruned")
        ledger.custody.record(
            found.original, "publication-pruned", found.job, manifest=found.manifest, files=found.files
        )

    return removed(context, found.original, found.manifest, stands=stands, note=note)


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
