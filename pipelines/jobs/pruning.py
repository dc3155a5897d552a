"""Remove derived publications that no edit request asks for any more. The custody chain keeps that they were there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from pipelines.jobs.removal import measured, removed
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from storage.records import Event

_MADE, _PRUNED = "edited", "edition-pruned"  # kinds of custody events


@dataclass(frozen=True, slots=True)
class Replaced:
    """A derived publication that another one, or none, stands for now.

    `manifest`: its key. `files` and `size` (bytes): in the store.
    """

    original: str
    job: str
    manifest: str
    files: int
    size: int


def replaced(context: WorkContext, before: float) -> Iterator[Replaced]:
    """Yield the derived publications that are replaced or withdrawn.

    Those of an original of which any job has changed after `before` (seconds since 1970) are left: not everything that
    replaces one is an event of its own.
    """
    ledger = context.ledger
    with translated():
        events = ledger.custody.of_kinds([_MADE, _PRUNED])
        standing = ledger.edits.manifests()
        for original, chain in groupby(events, key=lambda event: event.subject):
            left = {key: made for key, made in _left(chain).items() if key not in standing}
            if left and all(job.updated < before for job in ledger.of_original(original)):
                yield from (
                    Replaced(made.subject, made.job, key, *measured(context, key)) for key, made in left.items()
                )


def _left(chain: Iterable[Event]) -> dict[str, Event]:
    """Return the newest event that made each manifest that is not pruned."""
    newest: dict[str, Event] = {}
    for event in chain:
        key = str(event.detail.get("manifest") or "")
        if event.kind == _PRUNED:
            newest.pop(key, None)
        elif key:
            newest[key] = event
    return newest


def prune(context: WorkContext, found: Replaced) -> bool:
    """Remove one derived publication; return False where it stands again or is being worked on."""
    ledger = context.ledger

    def note() -> None:
        ledger.custody.record(found.original, _PRUNED, found.job, manifest=found.manifest, files=found.files)

    def stands() -> bool:
        return found.manifest in ledger.edits.manifests()

    return removed(context, found.original, found.manifest, stands=stands, note=note)
