"""What an editor has decided of one job's publication: carried out, remembered, and carried out again on a new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipelines.admission import Needs
from pipelines.decisions import DECISION, Decision
from pipelines.edition import Edition
from pipelines.editions import Editing
from pipelines.errors import WrongUse
from pipelines.keys import manifest_key
from pipelines.leases import Held
from pipelines.model import Finding, Manifest
from pipelines.place import Place, submission_of
from pipelines.process import Scratch
from pipelines.progress import Report
from pipelines.publish import assets_of
from storage.records import Job

# Where each stage begins and ends, in per cent.
_SPANS = {"fetch": (0, 5), "edit": (5, 90), "verify": (90, 97), "publish": (97, 100)}


@dataclass(frozen=True, slots=True)
class Overruling:
    """Under the lease of the job."""

    place: Place
    job: Job
    lease: Held
    report: Report
    reserve: Callable[[Needs], None]

    def make(self, base: Manifest, decision: Decision, scratch: Scratch) -> Edition:
        """What it makes of the publication, published itself. Raises WrongUse where it can't be carried out."""
        editing = Editing(
            store=self.place.store,
            leases=self.place.ledger.leases,
            holder=self.place.holder,
            campaign=self.place.campaign,
            scratch=scratch,
            report=self._tell,
            alive=self.lease.check,
            fence=self.lease.fence,
            reserve=self.reserve,
        )
        return editing.make(base, submission_of(self.job), decision)

    def remade(self, base: Manifest, scratch: Scratch) -> tuple[tuple[Decision, Edition] | None, tuple[Finding, ...]]:
        """What was decided of this job, on what it has become; or why that can't be done any more."""
        decided = self.place.ledger.decisions.of([self.job.id]).get(self.job.id)
        if decided is None:
            return None, ()
        decision = DECISION.validate_python(decided.decision)
        try:
            return (decision, self.make(base, decision, scratch)), ()
        except WrongUse as error:
            return None, (Finding("edition-dropped", "warning", "", error.text),)

    def decide(self, decision: Decision, edition: Edition) -> None:
        """Enter it; within the transaction that has asked for the lease."""
        key, ledger = manifest_key(edition.original.sha256, edition.recipe), self.place.ledger
        ledger.custody.record_once(edition.original.sha256, "edited", self.job.id, manifest=key)
        ledger.index(assets_of(edition))
        ledger.decisions.decide(self.job.id, DECISION.dump_python(decision, mode="json"), key)

    def _tell(self, stage: str, done: float, speed: float) -> None:
        first, last = _SPANS[stage]
        self.report(stage, (first + (last - first) * done) / 100, speed)
