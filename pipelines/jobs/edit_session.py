"""Carry out edit requests on one job's publication, keep them, and carry them out again on a new publication."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pipelines.domain.errors import Busy, FootageError, WrongUse
from pipelines.domain.model import Finding, Manifest, Published, Severity
from pipelines.domain.planning.before_after import SIDES, Side
from pipelines.domain.planning.derivation import DerivedPublication
from pipelines.domain.planning.edit_requests import EditRequest, Partner
from pipelines.domain.reporting import Report
from pipelines.jobs.edit_records import EditResult, decide, enter, kept_of
from pipelines.sandbox.limits import Scratch
from pipelines.sandbox.spending import WorkMeter
from pipelines.scheduling.admission import Needs
from pipelines.scheduling.context import WorkContext, submission_of
from pipelines.scheduling.failures import as_ours, noted
from pipelines.scheduling.leases import LEASE_SECONDS, Lease
from pipelines.stages.derive import Derivation
from pipelines.stages.publish import Publisher, read_manifest
from storage.base import StoreError
from storage.leases import LeaseLost
from storage.records import Job, RecordedFinding

log = logging.getLogger("footage")

_ON_CLIPS = frozenset({"no-clips", "short-for-clips", "fewer-clips", "nothing-to-see"})
_LOOK_EVERY = 1.0  # seconds between looks at a lease that another worker has

# The progress, in per cent, at which each stage begins and ends.
_SPANS = {"fetch": (0, 5), "edit": (5, 90), "verify": (90, 97), "publish": (97, 100)}


@dataclass(frozen=True, slots=True)
class EditSession:
    """The editing of one job's publication, under the lease of the job.

    `report`: called with stage, progress (0 to 1) and speed. `reserve`: reserves resources for the job. `earlier`: what
    stands of an earlier edit, with its base, from which outputs that would be made alike are taken.
    """

    context: WorkContext
    job: Job
    lease: Lease
    report: Report
    reserve: Callable[[Needs], None]
    meter: WorkMeter = field(default_factory=WorkMeter)
    earlier: tuple[DerivedPublication, Manifest] | None = None

    def make(self, base: Manifest, decision: EditRequest, scratch: Scratch) -> DerivedPublication:
        """Make and publish the derived publication. Raises WrongUse where the request can't be carried out."""
        context = self.context
        publisher = Publisher(
            context.store, context.ledger.leases, context.holder, scratch.path, self.lease.check, self._fence
        )
        derivation = Derivation(
            publisher, context.campaign, scratch, self._tell, self.reserve, self.meter, self.earlier
        )
        return derivation.make(Published(base, submission_of(self.job)), decision, self._partner(decision, scratch))

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
        return Published(manifest, submission_of(job))

    def joined(self, decision: EditRequest) -> EditRequest:
        """Return the request with the other job of the pair, where that is published and shows the other side."""
        if not self.job.pair or decision.partner:
            return decision
        others = self.context.ledger.find(pair=self.job.pair, states=["published"])
        other = next((it for it in others if self._is_partner(it)), None)
        side: Side = "after" if self.job.side == "before" else "before"
        return replace(decision, partner=Partner(other.id, side)) if other else decision

    def _is_partner(self, other: Job) -> bool:
        """Tell whether the other job shows the other side, for the same unit and by the same submitter.

        A pair's id is easily guessed.
        """
        same = (other.unit, other.submitter) == (self.job.unit, self.job.submitter)
        return same and {other.side, self.job.side} == set(SIDES)

    def keep(self) -> tuple[Finding, ...]:
        """Keep the edit request of a job that is published anew; return the finding that it is not carried out yet.

        The caller publishes in the same transaction. The finding stays until `settle`, even if the worker dies before.
        """
        kept = kept_of(self.context.ledger, self.job.id)
        if kept.is_empty:
            return ()
        enter(self.context.ledger, self.job.id, EditResult(kept, None))
        return (_on_edition("edition-pending", "info"),)

    def settle(self, done: Job, base: Manifest, scratch: Scratch) -> Job:
        """Carry out the kept edit request of a job that is published now, or the one that its pair asks for.

        The job has ended well in any case: a failure becomes a finding, and the request is kept.
        """
        try:
            wanted = self.joined(kept_of(self.context.ledger, self.job.id))
            if wanted.is_empty:
                return done
            remade, found = self._as_far_as_possible(wanted, base, scratch)
            findings = [*_standing(done, base, wanted if remade.edition else EditRequest()), *noted(found)]
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
        """Carry out a request without channels that the campaign no longer has, and without a pair that fails."""
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
        """Return the derived publication, or the reason in Chinese why nothing was made."""
        try:
            return self._once_free(base, decision, scratch)
        except Exception as error:  # noqa: BLE001 - any failure becomes a finding: the job itself has ended well
            ours = as_ours(error)
            log.warning("not carried out", extra={"job": self.job.id, "code": ours.code, "detail": ours.detail})
            return ours.text

    def _once_free(self, base: Manifest, decision: EditRequest, scratch: Scratch) -> DerivedPublication:
        """Make the derived publication once no other worker is at it. Raises Busy where one stays at it.

        A worker that was killed at it keeps its lease for a while, and the job is published already: it is not queued
        again, as a job that is still to be made would be.
        """
        until = time.monotonic() + 2 * LEASE_SECONDS
        while True:
            try:
                return self.make(base, decision, scratch)
            except Busy:
                if time.monotonic() >= until:
                    raise
                self.lease.check()
                time.sleep(_LOOK_EVERY)

    def edit(self, base: Manifest, decision: EditRequest, scratch: Scratch) -> None:
        """Carry out a new edit request. A pair kept from the earlier request is dropped where it fails now."""
        kept, dropped = kept_of(self.context.ledger, self.job.id), list[Finding]()
        try:
            edition = self.make(base, decision, scratch)
        except FootageError as error:
            alone = replace(decision, partner=None)
            if decision.partner is None or decision.partner != kept.partner or alone.is_empty:
                raise
            dropped.append(_on_edition("pair-dropped", "warning", error.text))
            edition = self.make(base, alone, scratch)
        findings = [*_standing(self.job, base, decision), *noted((*dropped, *edition.findings))]
        with self.context.ledger.together():
            self.lease.fence()
            decide(self.context.ledger, self.job.id, EditResult(decision, edition))
            # This is an ending of its own, so that the portal is told of the new outputs.
            self.context.ledger.move(self.job.id, ["published"], findings=findings)

    def withdraw(self, base: Manifest | None) -> None:
        """Withdraw the edit request; what it made stays in the store. `base`: None where nothing is published."""
        ledger = self.context.ledger
        with ledger.together():
            self.lease.fence()
            if ledger.edits.withdraw(self.job.id):
                ledger.custody.record(self.job.original, "edit-withdrawn", self.job.id)
                ledger.move(self.job.id, ["published"], findings=_standing(self.job, base, EditRequest()))

    def _tell(self, stage: str, done: float, speed: float) -> None:
        first, last = _SPANS[stage]
        self.report(stage, (first + (last - first) * done) / 100, speed)


def _standing(job: Job, base: Manifest | None, decision: EditRequest) -> list[RecordedFinding]:
    """Return the findings on the job itself: those on an earlier derived publication are settled.

    What is told of the automatic clips stands only where the editor made none.
    """
    own = [found for found in job.findings if found.scope != "edition"]
    if base is None:
        return own
    told = () if decision.cuts else [found for found in base.findings if found.code in _ON_CLIPS]
    return [*(found for found in own if found.code not in _ON_CLIPS), *noted(told)]


def _on_edition(code: str, severity: Severity, actual: str = "") -> Finding:
    return Finding(code, severity, "", actual, scope="edition")
