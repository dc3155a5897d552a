"""What an editor has decided of one job's publication: carried out, remembered, and carried out again on a new one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from pipelines.children.limits import Scratch
from pipelines.children.progress import Report
from pipelines.editions.editions import Editing
from pipelines.errors import FootageError, WrongUse
from pipelines.jobs.deciding import Remade, decide, enter, kept_of
from pipelines.model import Finding, Manifest
from pipelines.planning.decisions import Decision, Partner
from pipelines.planning.edition import Edition, Published
from pipelines.planning.pairs import SIDES, Side
from pipelines.planning.renditions import CHANNEL
from pipelines.publish import read_manifest
from pipelines.scheduling.admission import Needs
from pipelines.scheduling.failures import as_ours, noted
from pipelines.scheduling.leases import Held
from pipelines.scheduling.place import Place, submission_of
from storage.base import StoreError
from storage.leases import LeaseLost
from storage.records import Job

log = logging.getLogger("footage")

# Codes of what is told of a decision; a new one settles them.
_OF_EDITIONS = frozenset(
    {
        "edition-pending",
        "edition-dropped",
        "pair-dropped",
        "channel-gone",
        "caption-cut",
        "too-short-to-level",
        "not-aligned",
    }
)

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
        return editing.make((base, submission_of(self.job)), decision, self._partner(decision, scratch))

    def _partner(self, decision: Decision, scratch: Scratch) -> Published | None:
        if decision.partner is None:
            return None
        job = self.place.ledger.job(decision.partner.job)
        manifest = read_manifest(self.place.store, job.manifest, scratch.path) if job and job.manifest else None
        if job is None or manifest is None:
            text = f"对照的任务 {decision.partner.job} 没有成品。"
            raise WrongUse(f"job {decision.partner.job} has published nothing", code="no-partner", text=text)
        return manifest, submission_of(job)

    def joined(self, decision: Decision) -> Decision:
        """With the other of its pair, where that is published and shows the other side."""
        if not self.job.pair or decision.partner:
            return decision
        others = self.place.ledger.find(pair=self.job.pair, states=["published"])
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
        kept = kept_of(self.place.ledger, self.job.id)
        if kept.is_empty:
            return ()
        enter(self.place.ledger, self.job.id, Remade(kept, None))
        return (Finding("edition-pending", "info"),)

    def settle(self, done: Job, base: Manifest, scratch: Scratch) -> Job:
        """Carry out on a job that is published now what was decided of it, or what its pair asks for.

        Whatever comes of it, the job has ended well: what could not be made is told, and stays decided.
        """
        try:
            wanted = self.joined(kept_of(self.place.ledger, self.job.id))
            if wanted.is_empty:
                return done
            remade, found = self._as_far_as_possible(wanted, base, scratch)
            findings = [*self._others(done), *noted(found)]
            with self.place.ledger.together():
                self.lease.fence()
                decide(self.place.ledger, self.job.id, remade)
                return self.place.ledger.move(done.id, ["published"], findings=findings) or done
        except (StoreError, LeaseLost) as error:
            log.warning("what was decided is not carried out", extra={"job": done.id, "detail": str(error)})
            return done

    def _as_far_as_possible(
        self, wanted: Decision, base: Manifest, scratch: Scratch
    ) -> tuple[Remade, tuple[Finding, ...]]:
        """Without the channels that the campaign has no more; where it is the pair that fails, without that."""
        known = self.place.campaign.channels
        told = [Finding("channel-gone", "warning", "", name) for name in wanted.channels if name not in known]
        possible = replace(wanted, channels=tuple(name for name in wanted.channels if name in known))
        if possible.partner:
            made = self._tried(possible, base, scratch)
            if isinstance(made, Edition):
                return Remade(wanted, made), (*told, *made.findings)
            told.append(Finding("pair-dropped", "warning", "", made))
        alone = replace(possible, partner=None)
        if alone.is_empty:
            return Remade(wanted, None), tuple(told)
        made = self._tried(alone, base, scratch)
        if isinstance(made, Edition):
            return Remade(wanted, made), (*told, *made.findings)
        return Remade(wanted, None), (*told, Finding("edition-dropped", "warning", "", made))

    def _tried(self, decision: Decision, base: Manifest, scratch: Scratch) -> Edition | str:
        """What it makes, or why it makes nothing, in Chinese."""
        try:
            return self.make(base, decision, scratch)
        except Exception as error:  # noqa: BLE001 - told as a finding, whatever it is: the job itself has ended well
            ours = as_ours(error)
            log.warning("not carried out", extra={"job": self.job.id, "code": ours.code, "detail": ours.detail})
            return ours.text

    def edit(self, base: Manifest, decision: Decision, scratch: Scratch) -> None:
        """Carry out a new decision. A pair that was decided before and fails now does not stand in its way."""
        kept, dropped = kept_of(self.place.ledger, self.job.id), list[Finding]()
        try:
            edition = self.make(base, decision, scratch)
        except FootageError as error:
            alone = replace(decision, partner=None)
            if decision.partner is None or decision.partner != kept.partner or alone.is_empty:
                raise
            dropped.append(Finding("pair-dropped", "warning", "", error.text))
            edition = self.make(base, alone, scratch)
        findings = [*self._others(self.job), *noted((*dropped, *edition.findings))]
        with self.place.ledger.together():
            self.lease.fence()
            decide(self.place.ledger, self.job.id, Remade(decision, edition))
            # An ending of its own: the portal is told that there is something new.
            self.place.ledger.move(self.job.id, ["published"], findings=findings)

    def withdraw(self) -> None:
        """Take back what was decided; what it made stays in the store."""
        ledger = self.place.ledger
        with ledger.together():
            self.lease.fence()
            if ledger.decisions.withdraw(self.job.id):
                ledger.custody.record(self.job.original, "edit-withdrawn", self.job.id)
                ledger.move(self.job.id, ["published"], findings=self._others(self.job))

    def _others(self, job: Job) -> list[dict[str, str]]:
        """What was found of the job itself: what was told of an earlier decision is settled."""
        return [found for found in job.findings if not _is_of_an_edition(found)]

    def _tell(self, stage: str, done: float, speed: float) -> None:
        first, last = _SPANS[stage]
        self.report(stage, (first + (last - first) * done) / 100, speed)


def _is_of_an_edition(found: dict[str, str]) -> bool:
    return found["code"] in _OF_EDITIONS or f"({CHANNEL}" in found.get("actual", "")
