"""Photos that look the same, whoever sent them: each is told which of them is the sharpest, as each of them comes."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.domain.model import Finding, Manifest
from pipelines.domain.photo_quality import SAME, burst_finding, is_telling
from pipelines.scheduling.failures import noted
from storage.ledger import Ledger
from storage.prints import apart
from storage.records import Print


def alike(ledger: Ledger, manifest: Manifest, job_id: str) -> list[Finding]:
    """Of the job and not of the publication: what else has been sent is no property of a photo.

    Those that were sent before are told too: the best of them may be this one. Within a transaction.
    """
    look = manifest.look
    if look is None or not is_telling(look):
        return []
    made = Print(manifest.original.sha256, look.print, look.sharpness, job_id)
    ledger.prints.add(made)
    near = ledger.prints.near(made, SAME)
    if not near:
        return []
    # Whatever looks like one of these is no further off than twice as far.
    around = [*ledger.prints.near(made, 2 * SAME), made]
    for one in sorted(near, key=lambda one: one.job):
        ledger.note(one.job, *noted([_told(one, around)]))
    return [_told(made, around)]


def _told(one: Print, around: Sequence[Print]) -> Finding:
    return burst_finding(one.job, {other.job: other.sharpness for other in around if apart(one, other) <= SAME})
