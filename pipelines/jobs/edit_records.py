"""What is decided of a job, entered in the ledger: the decision, what was made by it, and its link in the chain."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipelines.domain.keys import manifest_key
from pipelines.domain.planning.derivation import DerivedPublication
from pipelines.domain.planning.edit_requests import EDIT_REQUEST, EditRequest, Partner
from pipelines.stages.publish import assets_of
from storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class EditResult:
    """A decision, and what was made by it; None: it is kept, but nothing could be."""

    decision: EditRequest
    edition: DerivedPublication | None

    @property
    def key(self) -> str:
        """Of the edition's manifest; empty where there is none."""
        return manifest_key(self.edition.original.sha256, self.edition.recipe) if self.edition else ""


def kept_of(ledger: Ledger, job_id: str) -> EditRequest:
    """What is decided of a job; empty: nothing."""
    decided = ledger.edits.of([job_id]).get(job_id)
    return EDIT_REQUEST.validate_python(decided.decision) if decided else EditRequest()


def enter(ledger: Ledger, job_id: str, made: EditResult) -> None:
    """In place of what was decided before."""
    ledger.edits.decide(job_id, EDIT_REQUEST.dump_python(made.decision, mode="json"), made.key)


def decide(ledger: Ledger, job_id: str, made: EditResult) -> None:
    """Enter it with its outputs, and in the original's chain where it is news there; within one transaction."""
    before = ledger.edits.of([job_id]).get(job_id)
    if made.edition:
        _chain(ledger, job_id, made.edition.original.sha256, made.key)
        ledger.index(assets_of(made.edition))
    enter(ledger, job_id, made)
    if made.decision.partner and made.edition and (before is None or before.manifest != made.key):
        _take_over(ledger, job_id, made.decision.partner)


def _chain(ledger: Ledger, job_id: str, original: str, key: str) -> None:
    """The chain says what is decided now: the newest link of the job that tells of a decision."""
    ours = [event for event in ledger.custody.chain(original) if event.job == job_id and event.kind in _TELLING]
    if not ours or ours[-1].detail.get("manifest") != key:
        ledger.custody.record(original, "edited", job_id, manifest=key)


_TELLING = frozenset({"edited", "edit-withdrawn"})


def _take_over(ledger: Ledger, job_id: str, partner: Partner) -> None:
    """A pair is shown with the one of its jobs whose picture is newer: with nobody else who shows this one's."""
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
