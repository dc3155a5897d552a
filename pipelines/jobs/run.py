"""Run one job once, under its lease: fetch → probe → accept → plan → render → verify → publish → record."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Unpack

from pipelines.domain.acceptance import accept
from pipelines.domain.acceptance.film import film_findings
from pipelines.domain.errors import Crashed, GateFailed, Internal, Stalled, ToolFailed
from pipelines.domain.keys import manifest_key, original_key, recipe_digest
from pipelines.domain.model import (
    Facts,
    Finding,
    Manifest,
    Original,
    Plan,
    Refusal,
    SeenText,
    VideoFacts,
    VideoPlan,
)
from pipelines.domain.planning.edit_requests import EditRequest
from pipelines.domain.planning.encoders import is_hardware
from pipelines.domain.planning.lettering import pictures_to_read
from pipelines.domain.reporting import Report
from pipelines.jobs.edit_session import EditSession
from pipelines.jobs.near_duplicates import near_duplicates, sent_before
from pipelines.jobs.progress import JobProgress
from pipelines.jobs.publication import manifest_of
from pipelines.jobs.renewal import StandingResult, standing_result
from pipelines.jobs.resources import JobResources
from pipelines.jobs.sealing import seal
from pipelines.sandbox.limits import Scratch
from pipelines.sandbox.process import Alive
from pipelines.sandbox.spending import WorkMeter, unit_of
from pipelines.scheduling.admission import Needs, needs_of
from pipelines.scheduling.context import WorkContext, submission_of
from pipelines.scheduling.failures import noted
from pipelines.scheduling.leases import Lease
from pipelines.stages.angles import Angles
from pipelines.stages.derive import ENCODER_MEMORY
from pipelines.stages.lettering import read_words
from pipelines.stages.plan import make_plan
from pipelines.stages.probe import probe
from pipelines.stages.publish import Publisher, assets_of, read_manifest
from pipelines.stages.remake import Remaking
from pipelines.stages.render import Rendered, render
from pipelines.stages.verify import Verified, verify_rendered
from storage.changes import JobChanges
from storage.records import Job

log = logging.getLogger("footage")


@dataclass(slots=True)
class JobRun:
    """One run of a job. `report` is called with stage, progress of the whole job (0–1) and speed (× real time)."""

    context: WorkContext
    job: Job
    lease: Lease
    report: Report
    length: float = 0.0  # seconds of film that were made
    meter: WorkMeter = field(default_factory=WorkMeter)
    progress: JobProgress = field(init=False)
    resources: JobResources = field(init=False)

    def __post_init__(self) -> None:
        self.progress = JobProgress(self.context.ledger, self.job, self.lease, self.report)
        self.resources = JobResources(self.context, self.job, self.lease)

    def execute(self) -> Job:
        """Run the job to its final state, or raise. The scratch folder is removed in any case."""
        with self.resources.scratch() as scratch:
            return self._in(scratch)

    def _in(self, scratch: Scratch) -> Job:
        renews = self.context.ledger.batches.renews(self.job.id)
        if stands := standing_result(self.context, self.job) if renews else None:
            with self.meter.measured("again", 1):
                done = self._renewed(stands, scratch)
            if done:
                return done
            self.meter = WorkMeter()
        with self.meter.measured("anew", 1):
            return self._anew(scratch, stands)

    def _renewed(self, stands: StandingResult, scratch: Scratch) -> Job | None:
        """Make again what differs, without the original; None where the master differs, or the publication is a photo.

        What stands is read by the rules of today, too.
        """
        if not (stands.is_same or stands.keeps_master):
            return None
        self.resources.reserve(Needs(self.job.size, ENCODER_MEMORY, 1))  # of films for channels, made at the end
        received = datetime.fromtimestamp(self.job.created, UTC)
        findings = accept(stands.manifest.facts, self.context.campaign, submission_of(self.job), received)
        if any(finding.severity == "reject" for finding in findings):
            return self._reject(findings)
        ready: Manifest | Refusal = stands.manifest
        if not stands.is_same and isinstance(stands.plan, VideoPlan):
            make = partial(self._remake, stands.plan, stands.manifest, scratch)
            recipe = recipe_digest(stands.plan)
            ready = self._publisher(scratch).once(self.job.original, recipe, read_manifest, make)
        if isinstance(ready, Refusal):
            return self._reject((*findings, ready.finding))
        return self._settled(ready, findings, scratch, stands)

    def _settled(
        self, ready: Manifest, findings: tuple[Finding, ...], scratch: Scratch, stands: StandingResult | None = None
    ) -> Job:
        """Publish, then carry out the kept edit request; what an earlier one made stands until it is."""
        done = self._finish(ready, findings, stays=stands is not None)
        session = self._edit_session(self._admit_needs, lambda *_: None, stands)
        return session.settle(done, ready, scratch)

    def _anew(self, scratch: Scratch, stands: StandingResult | None = None) -> Job:
        """Make everything from the original."""
        original = self._fetch(scratch)
        self.progress.move("probe", 0.0, 0.0)
        facts = probe(original, scratch, self.lease.check)
        if isinstance(facts, Refusal):
            return self._reject((facts.finding,))
        seal(self.context, self.job, self.lease, scratch)
        submission = submission_of(self.job)
        received = datetime.fromtimestamp(self.job.created, UTC)
        findings = accept(facts, self.context.campaign, submission, received)
        if any(finding.severity == "reject" for finding in findings):
            return self._reject(findings)
        ready = self._ready(facts, submission.programme, original, scratch)
        if isinstance(ready, Refusal):
            return self._reject((*findings, ready.finding))
        return self._settled(ready, findings, scratch, stands)

    def edit(self, base: Manifest, decision: EditRequest) -> None:
        """Carry out an edit request on what this job has published; the job stays as it is."""
        with self.resources.scratch() as scratch:
            self._edit_session(self.resources.reserve, self.report).edit(base, decision, scratch)
        self.context.ledger.tallies.add(self.meter.counted)
        self.report("publish", 1.0, 0.0)

    def withdraw(self, base: Manifest | None) -> None:
        """Withdraw the edit request of this job, whose publication has this manifest, if it has one."""
        self._edit_session(self.resources.reserve, self.report).withdraw(base)

    def _edit_session(
        self, reserve: Callable[[Needs], None], report: Report, stands: StandingResult | None = None
    ) -> EditSession:
        earlier = stands.edition if stands else None
        return EditSession(self.context, self.job, self.lease, report, reserve, self.meter, earlier)

    def _admit_needs(self, needs: Needs) -> None:
        """Check the free disk only.

        A derived publication does not wait for resources: its job has ended, and keeps what it was promised.
        """
        self.resources.admit(needs.disk)

    def _fetch(self, scratch: Scratch) -> Path:
        self.progress.move("fetch", 0.0, 0.0)
        self.resources.admit(self.job.size)
        # The needs are known if the job ran before: then it is not fetched only to wait for resources.
        self.resources.reserve(Needs(**self.job.needs) if self.job.needs else Needs(self.job.size))
        original = scratch / "original"
        self.context.store.get(original_key(self.job.original), original)
        return original

    def _ready(self, facts: Facts, programme: str, original: Path, scratch: Scratch) -> Manifest | Refusal:
        """Make the publication; where a graphics card, or turning coded data, fails, make it by the safe plan."""
        planned = partial(make_plan, facts, self.context.campaign, programme, confined=self.context.confined)
        plan = planned()
        try:
            return self._publication(facts, plan, original, scratch)
        except (ToolFailed, GateFailed, Stalled, Internal, Crashed) as error:
            if not (tool := _dared(plan)):
                raise
            said = {"job": self.job.id, "tool": tool, "detail": error.detail}
            log.warning("a tool failed that can be done without", extra=said)
        return self._publication(facts, planned(safe=True), original, scratch)

    def _publication(self, facts: Facts, plan: Plan, original: Path, scratch: Scratch) -> Manifest | Refusal:
        """Return what is published already, or made now; one worker makes a recipe, however often a file comes."""
        make = partial(self._make, facts, plan, original, scratch)
        return self._publisher(scratch).once(self.job.original, recipe_digest(plan), read_manifest, make)

    def _publisher(self, scratch: Scratch) -> Publisher:
        context = self.context
        return Publisher(
            context.store, context.ledger.leases, context.holder, scratch.path, self.lease.check, self._fence
        )

    def _make(self, facts: Facts, plan: Plan, original: Path, scratch: Scratch, alive: Alive) -> Manifest | Refusal:
        self.resources.admit(plan.scratch)
        self.resources.reserve(needs_of(plan, facts, self.job.size))
        self.progress.move("render", 0.0, 0.0)
        with self.meter.measured(*unit_of(plan)):
            rendered = render(plan, original, scratch, self.progress.move, alive)
            if isinstance(rendered, Refusal):
                return rendered
            self.progress.move("verify", 0.0, 0.0)
            verified = verify_rendered(plan, rendered, facts, scratch, alive)
            angles = [*self._angles(facts, plan, original, scratch, alive)]
            pictures = pictures_to_read(plan, rendered.stills)
            seen = read_words(pictures, scratch, alive, {"job": self.job.id})
        self.progress.move("publish", 0.0, 0.0)
        self.length = float(plan.duration) if isinstance(plan, VideoPlan) else 0.0
        return self._manifest(facts, plan, (rendered, verified), seen, angles)

    def _manifest(
        self,
        facts: Facts,
        plan: Plan,
        made: tuple[Rendered, Verified],
        seen: tuple[SeenText, ...],
        angles: Sequence[Verified] = (),
    ) -> Manifest:
        original = Original(self.job.original, self.job.size)
        return manifest_of(self.context.campaign.campaign.id, original, facts, plan, made, seen, angles)

    def _remake(self, plan: VideoPlan, earlier: Manifest, scratch: Scratch, alive: Alive) -> Manifest:
        """Make again what the plan changes, from the master that stays."""
        self.resources.admit(plan.scratch)
        self.resources.reserve(needs_of(plan, earlier.facts, self.job.size))
        with self.meter.measured("remake", 1):
            rendered = Remaking(plan, earlier, self.context.store, scratch, self.progress.move, alive).render()
            self.progress.move("verify", 0.0, 0.0)
            verified = verify_rendered(plan, rendered, earlier.facts, scratch, alive)
            seen = read_words(pictures_to_read(plan, rendered.stills), scratch, alive, {"job": self.job.id})
        self.progress.move("publish", 0.0, 0.0)
        return self._manifest(earlier.facts, plan, (rendered, verified), seen)

    def _angles(self, facts: Facts, plan: Plan, original: Path, scratch: Scratch, alive: Alive) -> Iterator[Verified]:
        """Make the other pictures that the plan names; without a graphics card where the main one does without."""
        if isinstance(plan, VideoPlan) and isinstance(facts, VideoFacts):
            campaign, programme = self.context.campaign, submission_of(self.job).programme
            planned = partial(
                make_plan,
                campaign=campaign,
                programme=programme,
                confined=self.context.confined,
                safe=not _dared(plan),
            )
            judged = partial(film_findings, profile=campaign.video_profile(programme))
            yield from Angles(facts, judged, planned, original, scratch, self.progress.move, alive).made(plan)

    def _fence(self, recipe: Lease) -> None:
        with self.context.ledger.together():
            self.lease.fence()
            recipe.fence()

    def _finish(self, manifest: Manifest, findings: tuple[Finding, ...], *, stays: bool = False) -> Job:
        key = manifest_key(manifest.original.sha256, manifest.recipe)
        ledger = self.context.ledger
        with ledger.together():
            self.lease.fence()
            # Recorded here and not by the publisher, which may have died after it wrote the manifest.
            ledger.custody.record_once(manifest.original.sha256, "published", self.job.id, manifest=key)
            ledger.index(assets_of(manifest))
            pending = () if stays else self._edit_session(self.resources.reserve, self.report).keep()
            alike = (*near_duplicates(ledger, manifest, self.job.id), *sent_before(ledger, self.job))
            found = noted((*findings, *manifest.findings, *alike, *pending))
            seen = "\n".join(text.text for text in manifest.seen)
            done = self._end(
                state="published",
                percent=100.0,
                recipe=manifest.recipe,
                manifest=key,
                findings=found,
                seen=seen,
                code="",
            )
        self.report("publish", 1.0, 0.0)
        return done

    def _reject(self, findings: tuple[Finding, ...]) -> Job:
        # Nothing was made, so only the reasons for the refusal are reported.
        why = [finding for finding in findings if finding.severity == "reject"]
        codes, ledger = [finding.code for finding in why], self.context.ledger
        with ledger.together():
            self.lease.fence()
            ledger.custody.record(self.job.original, "rejected", self.job.id, codes=codes)
            return self._end(state="rejected", findings=noted(why), code=why[0].code)

    def _end(self, **changes: Unpack[JobChanges]) -> Job:
        final: JobChanges = {"stage": "", "speed": 0.0, **changes}
        self.progress.close()
        return self.context.ledger.advance(self.job.id, self.lease.token, **final)


def _dared(plan: Plan) -> str:
    """Return the tool of this plan that a safe plan does without; empty where there is none."""
    if isinstance(plan, VideoPlan):
        return plan.encoding.encoder if is_hardware(plan.encoding.encoder) else ""
    return "turbojpeg" if plan.turn > 1 else ""
