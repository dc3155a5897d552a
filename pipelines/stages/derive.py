"""A decision carried out: the published master is fetched, cut, framed, captioned, encoded, checked and published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from pathlib import Path

from pipelines.domain.campaign import Campaign
from pipelines.domain.compliance import size_shortfalls, sound_shortfalls
from pipelines.domain.keys import output_key
from pipelines.domain.model import Analysis, Finding, Manifest, Output, VideoFacts, VideoPlan
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
from pipelines.stages.before_after import make_pair
from pipelines.stages.channel_films import ChannelFilm
from pipelines.stages.plan import derivation_tools
from pipelines.stages.promised import Promised
from pipelines.stages.publish import Publisher, read_derived
from pipelines.stages.verify import Read, verify
from pipelines.tools.ffmpeg.loudness import hear
from storage.digests import sha256_of

_ENCODER_MEMORY = 900 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Derivation:
    """Carries out an edit request on one publication. `reserve`: has resources promised to the job."""

    publisher: Publisher
    campaign: Campaign
    scratch: Scratch
    report: Report
    reserve: Callable[[Needs], None]

    def make(self, base: Published, request: EditRequest, partner: Published | None) -> DerivedPublication:
        """Return what is published already, or made now. Raises WrongUse, GateFailed, ToolFailed."""
        plan = plan_derivation(base, self._analysis(base[0]), request, partner, self.campaign, derivation_tools())
        original, recipe = base[0].original.sha256, derivation_digest(plan)
        made = self.publisher.once(original, recipe, read_derived, partial(self._made, base[0], plan, recipe))
        assert isinstance(made, DerivedPublication)  # noqa: S101 - a master of ours is never refused
        return made

    def _analysis(self, base: Manifest) -> Analysis | None:
        if not isinstance(base.plan, VideoPlan):
            return None
        return ANALYSIS.validate_json(self._fetched(base, ANALYSIS_JSON).read_bytes())

    def _fetched(self, base: Manifest, name: str) -> Path:
        """What lies there already is taken where it is the very same: an earlier try may have left another."""
        path = self.scratch / name
        promised = next((artifact.sha256 for artifact in base.artifacts if artifact.name == name), "")
        if not (path.is_file() and sha256_of(path) == promised):
            self.publisher.store.get(output_key(base.original.sha256, base.recipe, name), path)
        return path

    def _made(self, base: Manifest, plan: DerivationPlan, recipe: str, alive: Alive) -> DerivedPublication:
        size = next((artifact.size for artifact in base.artifacts if artifact.role == "master"), 0)
        self.reserve(Needs(size + plan.scratch(size, _duration(base)), _ENCODER_MEMORY, 1))
        made = [Promised(tuple(self._clips(base, plan, size, alive))), *self._renditions(plan, alive)]
        if plan.pair:
            made.append(make_pair(plan.pair, self.publisher.store.get, self.scratch, self.report, alive))
        self.report("verify", 0.0, 0.0)
        outputs = tuple(output for each in made for output in each.outputs)
        verified = verify(outputs, self.scratch, alive, further=partial(self._channel_shortfalls, plan, alive))
        findings = (*(finding for each in made for finding in each.findings), *verified.findings)
        return DerivedPublication(
            schema=1,
            kind="edition",
            campaign=self.campaign.campaign.id,
            original=base.original,
            base=base.recipe,
            recipe=recipe,
            plan=plan,
            artifacts=verified.artifacts,
            findings=tuple(replace(finding, scope="edition") for finding in findings),
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def _renditions(self, plan: DerivationPlan, alive: Alive) -> Iterator[Promised]:
        for number, made in enumerate(plan.renditions):
            report = self._part(number, len(plan.renditions))
            yield ChannelFilm(made, plan, self.scratch, report, alive).make()

    def _part(self, number: int, count: int) -> Report:
        """Of several films one after the other."""

        def report(stage: str, done: float, speed: float) -> None:
            self.report(stage, (number + done) / count, speed)

        return report

    def _clips(self, base: Manifest, plan: DerivationPlan, size: int, alive: Alive) -> Iterator[Output]:
        """Cut from the master, as what channels are made of is."""
        film = base.plan
        if not isinstance(film, VideoPlan) or not (plan.cuts or plan.reel or plan.renditions):
            return
        self.report("fetch", 0.0, 0.0)
        self._fetched(base, film.master.name)
        self.report("edit", 0.0, 0.0)
        self._cut(film, plan, size, alive)
        yield from (clip_output(film, cut, n) for n, cut in enumerate(plan.cuts, 1))
        if plan.reel:
            yield reel_output(film, plan.reel)

    def _cut(self, film: VideoPlan, plan: DerivationPlan, size: int, alive: Alive) -> None:
        films = {made.film: made.pieces for made in plan.renditions} | ({"reel.mp4": plan.reel} if plan.reel else {})
        request = {
            "plan": FILM.dump_python(film, mode="json"),
            "clips": CUTS.dump_python(plan.cuts, mode="json"),
            "films": {name: CUTS.dump_python(pieces, mode="json") for name, pieces in films.items()},
        }
        limits = Limits(
            stall=1800, cpu=6 * 3600, file_size=plan.scratch(size, film.duration), folder=1 << 50, wall=6 * 3600
        )
        children.call("recut", request, DONE, scratch=self.scratch, alive=alive, limits=limits)

    def _channel_shortfalls(self, plan: DerivationPlan, alive: Alive, facts: Read) -> Iterator[Finding]:
        """Yield what a channel's film falls short of besides its Expectation: its level and its size in bytes."""
        for made in plan.renditions:
            output, found = next((output, found) for output, found in facts.items() if output.name == made.name)
            path = self.scratch / output.name
            if isinstance(found, VideoFacts) and found.audio:
                yield from sound_shortfalls(output, hear(path, found.audio, self.scratch, alive))
            yield from size_shortfalls(output, path.stat().st_size, made.most_bytes)


def _duration(base: Manifest) -> Fraction:
    return base.plan.duration if isinstance(base.plan, VideoPlan) else Fraction(1)
