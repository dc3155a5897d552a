"""What an editor has decided of one job's publication: carried out, remembered, and carried out again on a new one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from pipelines.domain.errors import FootageError, WrongUse
from pipelines.domain.model import Finding, Manifest, Severity
from pipelines.domain.planning.derivation import DerivedPublication, Published
from pipelines.domain.planning.edit_requests import EditRequest, Partner
from pipelines.domain.planning.pairs import SIDES, Side
from pipelines.domain.reporting import Report
from pipelines.jobs.edit_records import EditResult, decide, enter, kept_of
from pipelines.sandbox.limits import Scratch
from pipelines.scheduling.admission import Needs
from pipelines.scheduling.context import WorkContext, submission_of
from pipelines.scheduling.failures import as_ours, noted
from pipelines.scheduling.leases import Lease
from pipelines.stages.derive import Derivation
from pipelines.stages.publish import Publisher, read_manifest
from storage.base import StoreError
from storage.leases import LeaseLost
from storage.records import Job, RecordedFinding

log = logging.getLogger("footage")

# Where each stage begins and ends, in per cent.
_SPANS = {"fetch": (0, 5), "edit": (5, 90), "verify": (90, 97), "publish": (97, 100)}


@dataclass(frozen=True, slots=True)
class EditSession:
    """Under the lease of the job."""

    context: WorkContext
    job: Job
    lease: Lease
    report: Report
    reserve: Callable[[Needs], None]

    def make(self, base: Manifest, decision: EditRequest, scratch: Scratch) -> DerivedPublication:
        """What it makes of the publication, published itself. Raises WrongUse where it can't be carried out."""
        context = self.context
        publisher = Publisher(
            context.store, context.ledger.leases, context.holder, scratch.path, self.lease.check, self._fence
        )
        derivation = Derivation(publisher, context.campaign, scratch, self._tell, self.reserve)
        return derivation.make((base, submission_of(self.job)), decision, self._partner(decision, scratch))

    def _fence(self, recipe: Lease) -> None:
        with self.context.ledger.together():
            self.lease.fence()
            recipe.fence()

    def _partner(self, decision: EditRequest, scratch: Scratch) -> Published | None:
        if decision.partner is None:
            return None
        job = self.context.ledger.job(decision.partner.job)
        manifest = read_manifest(self.context.store, job.manifest, scratch.path) if job and job.manifest else None
        if job is None or manifest is None:
            text = f"对照的任务 {decision.partner.job} 没有成品。"
            raise WrongUse(f"job {decision.partner.job} has published nothing", code="no-partner", text=text)
        return manifest, submission_of(job)

    def joined(self, decision: EditRequest) -> EditRequest:
        """With the other of its pair, where that is published and shows the other side."""
        if not self.job.pair or decision.partner:
            return decision
        others = self.context.ledger.find(pair=self.job.pair, states=["published"])
        other = next((it for it in others if self._is_partner(it)), None)
        side: Side = "after" if self.job.side == "before" else "before"
        return replace(decision, partner=Partner(other.id, side)) if other else decision

    def _is_partner(self, other: Job) -> bool:
        """Of the same unit, sent by the same hand: an id is easily guessed."""
        same = (other.unit, other.submitter) == (self.job.unit, self.job.submitter)
        return same and {other.side, self.job.side} == set(SIDES)

    def keep(self) -> tuple[Finding, ...]:
        """The job is published anew: what was decided is not carried out on that yet. Within its transaction.

        That is told, until it is settled: where the worker goes away before, it stays told.
        """
        kept = kept_of(self.context.ledger, self.job.id)
        if kept.is_empty:
            return ()
        enter(self.context.ledger, self.job.id, EditResult(kept, None))
        return (_on_edition("edition-pending", "info"),)

    def settle(self, done: Job, base: Manifest, scratch: Scratch) -> Job:
        """Carry out on a job that is published now what was decided of it, or what its pair asks for.

        Whatever comes of it, the job has ended well: what could not be made is told, and stays decided.
        """
        try:
            wanted = self.joined(kept_of(self.context.ledger, self.job.id))
            if wanted.is_empty:
                return done
            remade, found = self._as_far_as_possible(wanted, base, scratch)
            findings = [*self._others(done), *noted(found)]
            with self.context.ledger.together():
                self.lease.fence()
                decide(self.context.ledger, self.job.id, remade)
                return self.context.ledger.move(done.id, ["published"], findings=findings) or done
        except (StoreError, LeaseLost) as error:
            log.warning("what was decided is not carried out", extra={"job": done.id, "detail": str(error)})
            return done

    def _as_far_as_possible(
        self, wanted: EditRequest, base: Manifest, scratch: Scratch
    ) -> tuple[EditResult, tuple[Finding, ...]]:
        """Without the channels that the campaign has no more; where it is the pair that fails, without that."""
        known = self.context.campaign.channels
        told = [_on_edition("channel-gone", "warning", name) for name in wanted.channels if name not in known]
        possible = replace(wanted, channels=tuple(name for name in wanted.channels if name in known))
        if possible.partner:
            made = self._tried(possible, base, scratch)
            if isinstance(made, DerivedPublication):
                return EditResult(wanted, made), (*told, *made.findings)
            told.append(_on_edition("pair-dropped", "warning", made))
        alone = replace(possible, partner=None)
        if alone.is_empty:
            return EditResult(wanted, None), tuple(told)
        made = self._tried(alone, base, scratch)
        if isinstance(made, DerivedPublication):
            return EditResult(wanted, made), (*told, *made.findings)
        return EditResult(wanted, None), (*told, _on_edition("edition-dropped", "warning", made))

    def _tried(self, decision: EditRequest, base: Manifest, scratch: Scratch) -> DerivedPublication | str:
        """What it makes, or why it makes nothing, in Chinese."""
        try:
            return self.make(base, decision, scratch)
        except Exception as error:  # noqa: BLE001 - told as a finding, whatever it is: the job itself has ended well
            ours = as_ours(error)
            log.warning("not carried out", extra={"job": self.job.id, "code": ours.code, "detail": ours.detail})
            return ours.text

    def edit(self, base: Manifest, decision: EditRequest, scratch: Scratch) -> None:
        """Carry out a new decision. A pair that was decided before and fails now does not stand in its way."""
        kept, dropped = kept_of(self.context.ledger, self.job.id), list[Finding]()
        try:
            edition = self.make(base, decision, scratch)
        except FootageError as error:
            alone = replace(decision, partner=None)
            if decision.partner is None or decision.partner != kept.partner or alone.is_empty:
                raise
            dropped.append(_on_edition("pair-dropped", "warning", error.text))
            edition = self.make(base, alone, scratch)
        findings = [*self._others(self.job), *noted((*dropped, *edition.findings))]
        with self.context.ledger.together():
            self.lease.fence()
            decide(self.context.ledger, self.job.id, EditResult(decision, edition))
            # An ending of its own: the portal is told that there is something new.
            self.context.ledger.move(self.job.id, ["published"], findings=findings)

    def withdraw(self) -> None:
        """Take back what was decided; what it made stays in the store."""
        ledger = self.context.ledger
        with ledger.together():
            self.lease.fence()
            if ledger.edits.withdraw(self.job.id):
                ledger.custody.record(self.job.original, "edit-withdrawn", self.job.id)
                ledger.move(self.job.id, ["published"], findings=self._others(self.job))

    def _others(self, job: Job) -> list[RecordedFinding]:
        """What was found of the job itself: what was told of an earlier decision is settled."""
        return [found for found in job.findings if found.scope != "edition"]

    def _tell(self, stage: str, done: float, speed: float) -> None:
        first, last = _SPANS[stage]
        self.report(stage, (first + (last - first) * done) / 100, speed)


def _on_edition(code: str, severity: Severity, actual: str = "") -> Finding:
    return Finding(code, severity, "", actual, scope="edition")
