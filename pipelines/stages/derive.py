"""A decision carried out: the published master is fetched, cut, framed, captioned, encoded, checked and published."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from pipelines.domain.campaign import Campaign
from pipelines.domain.compliance import shortfalls, sound_shortfalls
from pipelines.domain.errors import GateFailed
from pipelines.domain.keys import manifest_key, output_key
from pipelines.domain.model import Analysis, Artifact, Finding, Manifest, Output, VideoFacts, VideoPlan
from pipelines.domain.planning.derivation import (
    DerivationPlan,
    DerivedPublication,
    Published,
    derivation_digest,
    plan_derivation,
)
from pipelines.domain.planning.edit import ANALYSIS_JSON, clip_output, reel_output
from pipelines.domain.planning.edit_requests import EditRequest
from pipelines.domain.reporting import Report
from pipelines.sandbox import children
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.sandbox.messages import ANALYSIS, CUTS, DONE, FILM
from pipelines.sandbox.process import Alive
from pipelines.scheduling.admission import Needs
from pipelines.scheduling.leases import Lease, leased
from pipelines.stages.before_after import make_pair
from pipelines.stages.channel_films import ChannelFilm
from pipelines.stages.plan import derivation_tools
from pipelines.stages.probe import probe_outputs
from pipelines.stages.publish import publish, read_derived
from pipelines.stages.verify import artifact_of
from pipelines.tools.ffmpeg.loudness import hear
from storage.base import Store
from storage.digests import sha256_of
from storage.lease_names import recipe_lease
from storage.leases import Leases

_ENCODER_MEMORY = 900 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Editing:
    """Where a decision on one job's publication is carried out; `alive`, `fence`, `reserve` of the job's lease."""

    store: Store
    leases: Leases
    holder: str
    campaign: Campaign
    scratch: Scratch
    report: Report
    alive: Alive
    fence: Callable[[], None]
    reserve: Callable[[Needs], None]

    def make(self, base: Published, decision: EditRequest, partner: Published | None) -> DerivedPublication:
        """What is published already, or made now. Raises WrongUse, GateFailed, and what tools and stores raise."""
        manifest = base[0]
        plan = plan_derivation(base, self._analysis(manifest), decision, partner, self.campaign, derivation_tools())
        digest, original = derivation_digest(plan), manifest.original.sha256
        key = manifest_key(original, digest)
        with leased(self.leases, recipe_lease(original, digest), self.holder) as lease:
            if there := read_derived(self.store, key, self.scratch.path):
                return there
            edition = self._made(manifest, plan, digest)
            publish(self.store, edition, self.scratch.path, lambda: self._alive(lease), lambda: self._fence(lease))
        return edition

    def _analysis(self, base: Manifest) -> Analysis | None:
        if not isinstance(base.plan, VideoPlan):
            return None
        return ANALYSIS.validate_json(self._fetched(base, ANALYSIS_JSON).read_bytes())

    def _alive(self, lease: Lease) -> None:
        self.alive()
        lease.check()

    def _fence(self, lease: Lease) -> None:
        self.fence()
        lease.fence()

    def _fetched(self, base: Manifest, name: str) -> Path:
        """What lies there already is taken where it is the very same: an earlier try may have left another."""
        path = self.scratch / name
        promised = next((artifact.sha256 for artifact in base.artifacts if artifact.name == name), "")
        if not (path.is_file() and sha256_of(path) == promised):
            self.store.get(output_key(base.original.sha256, base.recipe, name), path)
        return path

    def _made(self, base: Manifest, plan: DerivationPlan, digest: str) -> DerivedPublication:
        size = next((artifact.size for artifact in base.artifacts if artifact.role == "master"), 0)
        self.reserve(Needs(size + plan.scratch(size, _duration(base)), _ENCODER_MEMORY, 1))
        outputs, found = [*self._clips(base, plan, size)], list[Finding]()
        for number, made in enumerate(plan.renditions):
            part = ChannelFilm(made, plan, self.scratch, self._part(number, len(plan.renditions)), self.alive)
            output, findings = part.make()
            outputs.append(output)
            found += findings
        if plan.pair:
            both, findings = make_pair(plan.pair, self.store.get, self.scratch, self.report, self.alive)
            outputs += both
            found += findings
        self.report("verify", 0.0, 0.0)
        artifacts, told = self._verified(outputs, plan)
        return DerivedPublication(
            schema=1,
            kind="edition",
            campaign=self.campaign.campaign.id,
            original=base.original,
            base=base.recipe,
            recipe=digest,
            plan=plan,
            artifacts=artifacts,
            findings=(*found, *told),
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def _part(self, number: int, count: int) -> Report:
        """Of several films one after the other."""

        def report(stage: str, done: float, speed: float) -> None:
            self.report(stage, (number + done) / count, speed)

        return report

    def _clips(self, base: Manifest, plan: DerivationPlan, size: int) -> Iterator[Output]:
        """Cut from the master, as what channels are made of is."""
        film = base.plan
        if not isinstance(film, VideoPlan) or not (plan.cuts or plan.reel or plan.renditions):
            return
        self.report("fetch", 0.0, 0.0)
        self._fetched(base, film.master.name)
        self.report("edit", 0.0, 0.0)
        self._cut(film, plan, size)
        yield from (clip_output(film, cut, n) for n, cut in enumerate(plan.cuts, 1))
        if plan.reel:
            yield reel_output(film, plan.reel)

    def _cut(self, film: VideoPlan, plan: DerivationPlan, size: int) -> None:
        films = {made.film: made.pieces for made in plan.renditions} | ({"reel.mp4": plan.reel} if plan.reel else {})
        request = {
            "plan": FILM.dump_python(film, mode="json"),
            "clips": CUTS.dump_python(plan.cuts, mode="json"),
            "films": {name: CUTS.dump_python(pieces, mode="json") for name, pieces in films.items()},
        }
        limits = Limits(
            stall=1800, cpu=6 * 3600, file_size=plan.scratch(size, film.duration), folder=1 << 50, wall=6 * 3600
        )
        children.call("recut", request, DONE, scratch=self.scratch, alive=self.alive, limits=limits)

    def _verified(
        self, outputs: Sequence[Output], plan: DerivationPlan
    ) -> tuple[tuple[Artifact, ...], tuple[Finding, ...]]:
        """The finish gate, as for a publication: what may be published, and what is told. Raises GateFailed."""
        paths = {self.scratch / output.name: True for output in outputs}
        facts = dict(zip(outputs, probe_outputs(paths, self.scratch, self.alive), strict=True))
        found = [finding for output in outputs for finding in shortfalls(output, facts[output])]
        for made in plan.renditions:
            output = next(it for it in outputs if it.name == made.name)
            found += self._heard_shortfalls(output, facts[output])
            found += _too_large(output, (self.scratch / output.name).stat().st_size, made.most_bytes)
        short = tuple(finding for finding in found if finding.severity == "reject")
        if short:
            raise GateFailed(short)
        return tuple(artifact_of(output, facts[output], self.scratch) for output in outputs), tuple(found)

    def _heard_shortfalls(self, output: Output, facts: object) -> Iterator[Finding]:
        if isinstance(facts, VideoFacts) and facts.audio:
            level = hear(self.scratch / output.name, facts.audio, self.scratch, self.alive)
            yield from sound_shortfalls(output, level)


def _duration(base: Manifest) -> Fraction:
    return base.plan.duration if isinstance(base.plan, VideoPlan) else Fraction(1)


def _too_large(output: Output, size: int, most: int) -> Iterator[Finding]:
    if size > most:
        yield Finding("file-size", "reject", f"{most:,}", f"{size:,} ({output.name})")
