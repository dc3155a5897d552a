"""What an editor has decided of one job's publication: carried out, remembered, and carried out again on a new one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from pipelines.admission import Needs
from pipelines.decisions import DECISION, Decision, Partner
from pipelines.edition import Edition, Published
from pipelines.editions import Editing
from pipelines.errors import FootageError, Permanent, WrongUse
from pipelines.failures import noted
from pipelines.keys import manifest_key
from pipelines.leases import Held
from pipelines.model import Finding, Manifest
from pipelines.pairs import SIDES, Side
from pipelines.place import Place, submission_of
from pipelines.process import Scratch
from pipelines.progress import Report
from pipelines.publish import assets_of, read_manifest
from pipelines.renditions import CHANNEL
from storage.base import StoreError
from storage.leases import LeaseLost
from storage.records import Job

log = logging.getLogger("footage")

# Codes of what is told of a decision; a new one settles them.
_OF_EDITIONS = frozenset(
    {"edition-dropped", "pair-dropped", "channel-gone", "caption-cut", "too-short-to-level", "not-aligned"}
)

# Where each stage begins and ends, in per cent.
_SPANS = {"fetch": (0, 5), "edit": (5, 90), "verify": (90, 97), "publish": (97, 100)}


@dataclass(frozen=True, slots=True)
class Remade:
    """A decision, and what was made by it; None: it is kept, but nothing could be."""

    decision: Decision
    edition: Edition | None


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

    def remade(self, base: Manifest, scratch: Scratch) -> tuple[Remade | None, tuple[Finding, ...]]:
        """What was decided of this job, on what it has become: as far as it can be, and what can't. Nothing is lost."""
        kept, dropped = self._kept(), list[Finding]()
        joined = self.joined(kept)
        if joined != kept:
            try:
                return self._carried_out(joined, base, scratch)
            except Permanent as error:  # what is published is right without it
                dropped.append(Finding("pair-dropped", "warning", "", error.text))
        if kept.is_empty:
            return None, tuple(dropped)
        try:
            remade, found = self._carried_out(kept, base, scratch)
        except Permanent as error:
            return Remade(kept, None), (*dropped, Finding("edition-dropped", "warning", "", error.text))
        return remade, (*dropped, *found)

    def _carried_out(
        self, decision: Decision, base: Manifest, scratch: Scratch
    ) -> tuple[Remade | None, tuple[Finding, ...]]:
        """As far as it can be: without the channels that the campaign has no more."""
        known = self.place.campaign.channels
        gone = [Finding("channel-gone", "warning", "", name) for name in decision.channels if name not in known]
        possible = replace(decision, channels=tuple(name for name in decision.channels if name in known))
        if possible.is_empty:
            return Remade(decision, None), tuple(gone)
        edition = self.make(base, possible, scratch)
        return Remade(decision, edition), (*gone, *edition.findings)

    def _kept(self) -> Decision:
        decided = self.place.ledger.decisions.of([self.job.id]).get(self.job.id)
        return DECISION.validate_python(decided.decision) if decided else Decision()

    def pair_up(self, base: Manifest, scratch: Scratch) -> None:
        """Once more, when the job is published: both of a pair may have come to their end at the same time."""
        kept = self._kept()
        joined = self.joined(kept)
        if joined == kept:
            return
        try:
            edition = self.make(base, joined, scratch)
            with self.place.ledger.together():
                self.lease.fence()
                self.decide(Remade(joined, edition))
        except (FootageError, StoreError, LeaseLost) as error:  # the job has ended well; a pair can be made by hand
            log.warning("no pair", extra={"job": self.job.id, "detail": str(error)})

    def decide(self, made: Remade) -> None:
        """Enter it, and in the original's chain where it is news; in the transaction that has asked for the lease."""
        ledger, edition = self.place.ledger, made.edition
        before = ledger.decisions.of([self.job.id]).get(self.job.id)
        key = manifest_key(edition.original.sha256, edition.recipe) if edition else ""
        if edition and (before is None or before.manifest != key):
            ledger.custody.record(edition.original.sha256, "edited", self.job.id, manifest=key)
        if edition:
            ledger.index(assets_of(edition))
        ledger.decisions.decide(self.job.id, DECISION.dump_python(made.decision, mode="json"), key)

    def findings(self, edition: Edition | None) -> list[dict[str, str]]:
        """What is told of the job, now that this is decided: what was told of an earlier decision is settled."""
        kept = [found for found in self.job.findings if not _is_of_an_edition(found)]
        return [*kept, *noted(edition.findings if edition else ())]

    def _tell(self, stage: str, done: float, speed: float) -> None:
        first, last = _SPANS[stage]
        self.report(stage, (first + (last - first) * done) / 100, speed)


def _is_of_an_edition(found: dict[str, str]) -> bool:
    return found["code"] in _OF_EDITIONS or f"({CHANNEL}" in found.get("actual", "")
