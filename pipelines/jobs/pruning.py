"""Remove derived publications that no edit request asks for any more. The custody chain keeps that they were there."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby

from pipelines.domain.errors import Busy
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from pipelines.scheduling.leases import leased
from storage.lease_names import job_lease
from storage.records import Event

log = logging.getLogger("footage")

_MADE, _WITHDRAWN, _PRUNED = "edited", "edit-withdrawn", "edition-pruned"  # kinds of custody events


@dataclass(frozen=True, slots=True)
class Replaced:
    """A derived publication that another one, or none, stands for now.

    `manifest`: its key. `since`: when it was replaced, in seconds since 1970. `files` and `size` (bytes): in the store.
    """

    original: str
    job: str
    manifest: str
    since: float
    files: int
    size: int


def replaced(context: WorkContext, before: float) -> Iterator[Replaced]:
    """Yield the derived publications that were replaced or withdrawn before a time, in seconds since 1970."""
    with translated():
        events = context.ledger.custody.of_kinds([_MADE, _WITHDRAWN, _PRUNED])
        standing = context.ledger.edits.manifests()
        for original, chain in groupby(events, key=lambda event: event.subject):
            for key, made, since in _left(list(chain)):
                if key not in standing and since < before:
                    sizes = [blob.size for blob in context.store.list(_folder(key))]
                    yield Replaced(original, made.job, key, since, len(sizes), sum(sizes))


def _left(chain: Sequence[Event]) -> Iterator[tuple[str, Event, float]]:
    """Yield each manifest that is not pruned, the newest event that made it, and when an edit followed that one."""
    newest: dict[str, Event] = {}
    for event in chain:
        key = str(event.detail.get("manifest") or "")
        if event.kind == _PRUNED:
            newest.pop(key, None)
        elif event.kind == _MADE and key:
            newest[key] = event
    for key, made in newest.items():
        later = (it.at for it in chain if it.job == made.job and it.sequence > made.sequence and it.kind != _PRUNED)
        yield key, made, next(later, made.at)


def prune(context: WorkContext, found: Replaced) -> bool:
    """Remove one derived publication, its manifest first; return False where it stands again or is being worked on."""
    ledger = context.ledger
    try:
        with translated(), ExitStack() as held:
            # An edit of any job of this original may be about to make the very same publication again.
            for job in ledger.of_original(found.original):
                held.enter_context(leased(ledger.leases, job_lease(job.id), context.holder))
            if found.manifest in ledger.edits.manifests():
                return False
            context.store.delete(found.manifest)
            for blob in list(context.store.list(_folder(found.manifest))):
                context.store.delete(blob.key)
            with ledger.together():
                ledger.forget(found.manifest)
                ledger.custody.record(found.original, _PRUNED, found.job, manifest=found.manifest, files=found.files)
    except Busy:
        log.info("an edition is left because its job is at work", extra={"job": found.job})
        return False
    return True


def _folder(manifest: str) -> str:
    return manifest.rpartition("/")[0] + "/"
