"""Record edit requests in the ledger: the request, what was made from it, and its event in the custody chain."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipelines.domain.keys import manifest_key
from pipelines.domain.planning.derivation import DerivedPublication
from pipelines.domain.planning.edit_requests import EDIT_REQUEST, EditRequest, Partner
from pipelines.stages.publish import assets_of
from storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class EditResult:
    """An edit request and the derived publication made from it; None: the request is kept, but nothing was made."""

    decision: EditRequest
    edition: DerivedPublication | None

    @property
    def key(self) -> str:
        """Return the key of the derived publication's manifest; empty where there is none."""
        return manifest_key(self.edition.original.sha256, self.edition.recipe) if self.edition else ""


def kept_of(ledger: Ledger, job_id: str) -> EditRequest:
    """Return the edit request that is kept for a job; an empty one where there is none."""
    decided = ledger.edits.of([job_id]).get(job_id)
    return EDIT_REQUEST.validate_python(decided.decision) if decided else EditRequest()


def enter(ledger: Ledger, job_id: str, made: EditResult) -> None:
    """Store a job's edit request and its result in place of an earlier one."""
    ledger.edits.decide(job_id, EDIT_REQUEST.dump_python(made.decision, mode="json"), made.key)


def decide(ledger: Ledger, job_id: str, made: EditResult) -> None:
    """Store a job's edit request, index its outputs, and record it in the original's custody chain if it is new there.

    The caller makes one transaction of this.
    """
    before = ledger.edits.of([job_id]).get(job_id)
    if made.edition:
        _chain(ledger, job_id, made.edition.original.sha256, made.key)
        ledger.index(assets_of(made.edition))
    enter(ledger, job_id, made)
    if made.decision.partner and made.edition and (before is None or before.manifest != made.key):
        _take_over(ledger, job_id, made.decision.partner)


def _chain(ledger: Ledger, job_id: str, original: str, key: str) -> None:
    """Record the derived publication, unless the job's newest event about an edit already names it."""
    ours = [event for event in ledger.custody.chain(original) if event.job == job_id and event.kind in _TELLING]
    if not ours or ours[-1].detail.get("manifest") != key:
        ledger.custody.record(original, "edited", job_id, manifest=key)


_TELLING = frozenset({"edited", "edit-withdrawn"})


def _take_over(ledger: Ledger, job_id: str, partner: Partner) -> None:
    """Remove this job as the partner of other jobs: a pair is shown only with the job whose picture is newer."""
    job = ledger.job(job_id)
    same = ledger.find(pair=job.pair) if job and job.pair else []
    for other in {partner.job, *(it.id for it in same)} - {job_id}:
        decided, theirs = ledger.edits.of([other]).get(other), kept_of(ledger, other)
        if decided is None or theirs.partner is None or theirs.partner.job != job_id:
            continue
        left = replace(theirs, partner=None)
        if left.is_empty:
            ledger.edits.withdraw(other)
        else:
            ledger.edits.decide(other, EDIT_REQUEST.dump_python(left, mode="json"), decided.manifest)
