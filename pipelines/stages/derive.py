"""Carry out an edit request: fetch the published master, cut, frame, caption, encode, verify and publish."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from pathlib import Path

from pipelines.domain.campaign import Campaign
from pipelines.domain.compliance import size_shortfalls, sound_shortfalls
from pipelines.domain.keys import output_key
from pipelines.domain.manifests import SCHEMA
from pipelines.domain.model import (
    Analysis,
    Artifact,
    Cut,
    Finding,
    Manifest,
    Output,
    Published,
    VideoFacts,
    VideoPlan,
)
from pipelines.domain.planning.derivation import (
    DerivationPlan,
    DerivedPublication,
    derivation_digest,
    plan_derivation,
)
from pipelines.domain.planning.edit import ANALYSIS_JSON, REEL, clip_output, reel_output
from pipelines.domain.planning.edit_requests import EditRequest
from pipelines.domain.planning.parts import PAIR, derived_parts, length_of
from pipelines.domain.reporting import Report
from pipelines.sandbox import children
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.sandbox.messages import ANALYSIS, CUTS, DONE, FILM
from pipelines.sandbox.process import Alive
from pipelines.sandbox.spending import WorkMeter
from pipelines.scheduling.admission import Needs
from pipelines.stages.before_after import make_pair
from pipelines.stages.channel_films import ChannelFilm
from pipelines.stages.plan import derivation_tools
from pipelines.stages.promised import Promised
from pipelines.stages.publish import Publisher, read_derived
from pipelines.stages.verify import Read, Verified, verify
from pipelines.tools.ffmpeg.loudness import hear
from storage.digests import sha256_of

ENCODER_MEMORY = 900 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Derivation:
    """The derivation of publications by edit requests. `reserve`: reserves resources for the job.

    `earlier`: a derived publication that stands, and its base: outputs that would be made alike are taken from it.
    """

    publisher: Publisher
    campaign: Campaign
    scratch: Scratch
    report: Report
    reserve: Callable[[Needs], None]

    meter: WorkMeter
    earlier: tuple[DerivedPublication, Manifest] | None = None

    def make(self, base: Published, request: EditRequest, partner: Published | None) -> DerivedPublication:
        """Return the derived publication, made now unless it is published. Raises WrongUse, GateFailed, ToolFailed."""
        plan = plan_derivation(base, self._analysis(base.manifest), request, partner, self.campaign, derivation_tools())
        original, recipe = base.manifest.original.sha256, derivation_digest(plan)
        made = self.publisher.once(original, recipe, read_derived, partial(self._made, base.manifest, plan, recipe))
        assert isinstance(made, DerivedPublication)  # noqa: S101 - a master of ours is never refused
        return made

    def _analysis(self, base: Manifest) -> Analysis | None:
        if not isinstance(base.plan, VideoPlan):
            return None
        return ANALYSIS.validate_json(self._fetched(base, ANALYSIS_JSON).read_bytes())

    def _fetched(self, base: Manifest, name: str) -> Path:
        """Fetch a published file into the scratch folder, unless the same file is there.

        An earlier try may have left another file by that name.
        """
        path = self.scratch / name
        promised = next((artifact.sha256 for artifact in base.artifacts if artifact.name == name), "")
        if not (path.is_file() and sha256_of(path) == promised):
            self.publisher.store.get(output_key(base.original.sha256, base.recipe, name), path)
        return path

    def _made(self, base: Manifest, plan: DerivationPlan, recipe: str, alive: Alive) -> DerivedPublication:
        size = next((artifact.size for artifact in base.artifacts if artifact.role == "master"), 0)
        self.reserve(Needs(size + plan.scratch(size, _duration(base)), ENCODER_MEMORY, 1))
        kept = self._kept(base, plan)
        made_again = [made for made in plan.renditions if made.name not in kept]
        with self.meter.measured("edition", float(length_of(made_again)) or 1.0):
            made = [Promised(tuple(self._clips(base, plan, size, kept, alive))), *self._renditions(plan, kept, alive)]
            if plan.pair and not kept.keys() >= PAIR:
                made.append(make_pair(plan.pair, self.publisher.store.get, self.scratch, self.report, alive))
            self.report("verify", 0.0, 0.0)
            outputs = tuple(output for each in made for output in each.outputs)
            further = partial(self._channel_shortfalls, plan, alive)
            verified = verify(outputs, self.scratch, alive, further=further) if outputs else Verified(())
        findings = (*(finding for each in made for finding in each.findings), *verified.findings, *self._of_kept(kept))
        return DerivedPublication(
            schema=SCHEMA,
            kind="edition",
            campaign=self.campaign.campaign.id,
            original=base.original,
            base=base.recipe,
            recipe=recipe,
            plan=plan,
            artifacts=(*verified.artifacts, *kept.values()),
            findings=tuple(replace(finding, scope="edition") for finding in findings),
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def _kept(self, base: Manifest, plan: DerivationPlan) -> dict[str, Artifact]:
        """Fetch the outputs of the earlier derived publication that this plan would make alike.

        Its gate has verified them, and the store checks their hashes.
        """
        if self.earlier is None:
            return {}
        edition, its_base = self.earlier
        before, now = derived_parts(edition.plan, its_base), derived_parts(plan, base)
        alike = {name for name in now if now[name] == before.get(name)}
        kept = {artifact.name: artifact for artifact in edition.artifacts if artifact.name in alike}
        for name in kept:
            key = output_key(edition.original.sha256, edition.recipe, name)
            self.publisher.store.get(key, self.scratch / name)
        return kept

    def _of_kept(self, kept: Mapping[str, Artifact]) -> tuple[Finding, ...]:
        findings = self.earlier[0].findings if self.earlier else ()
        return tuple(finding for finding in findings if finding.output in kept)

    def _renditions(self, plan: DerivationPlan, kept: Mapping[str, Artifact], alive: Alive) -> Iterator[Promised]:
        for number, made in enumerate(plan.renditions):
            if made.name not in kept:
                report = self._part(number, len(plan.renditions))
                yield ChannelFilm(made, plan, self.scratch, report, alive).make()

    def _part(self, number: int, count: int) -> Report:
        """Return the report of film `number` of `count` films, which are made one after the other."""

        def report(stage: str, done: float, speed: float) -> None:
            self.report(stage, (number + done) / count, speed)

        return report

    def _clips(
        self, base: Manifest, plan: DerivationPlan, size: int, kept: Mapping[str, Artifact], alive: Alive
    ) -> Iterator[Output]:
        """Cut clips, reel and the channels' pieces from the master; yield the outputs of the clips and the reel."""
        film = base.plan
        if not isinstance(film, VideoPlan) or not (plan.cuts or plan.reel or plan.renditions):
            return
        clips = {n: cut for n, cut in enumerate(plan.cuts, 1) if f"clip-{n}.mp4" not in kept}
        films = {made.film: made.pieces for made in plan.renditions if made.name not in kept}
        films |= {REEL: plan.reel} if plan.reel and REEL not in kept else {}
        if clips or films:
            self.report("fetch", 0.0, 0.0)
            self._fetched(base, film.master.name)
            self.report("edit", 0.0, 0.0)
            self._cut(film, plan, size, clips, films, alive)
        yield from (clip_output(film, cut, n) for n, cut in clips.items())
        if REEL in films:
            yield reel_output(film, plan.reel)

    def _cut(
        self,
        film: VideoPlan,
        plan: DerivationPlan,
        size: int,
        clips: Mapping[int, Cut],
        films: Mapping[str, tuple[Cut, ...]],
        alive: Alive,
    ) -> None:
        request = {
            "plan": FILM.dump_python(film, mode="json"),
            "clips": {n: CUTS.dump_python((cut,), mode="json")[0] for n, cut in clips.items()},
            "films": {name: CUTS.dump_python(pieces, mode="json") for name, pieces in films.items()},
        }
        limits = Limits(
            stall=1800, cpu=6 * 3600, file_size=plan.scratch(size, film.duration), folder=1 << 50, wall=6 * 3600
        )
        children.call("recut", request, DONE, scratch=self.scratch, alive=alive, limits=limits)

    def _channel_shortfalls(self, plan: DerivationPlan, alive: Alive, facts: Read) -> Iterator[Finding]:
        """Yield the shortfalls of channels' films in loudness, true peak and size in bytes."""
        channels = {made.name: made for made in plan.renditions}
        for output, found in facts.items():
            if output.name not in channels:
                continue
            made = channels[output.name]
            path = self.scratch / output.name
            if isinstance(found, VideoFacts) and found.sound.audio:
                yield from sound_shortfalls(output, hear(path, found.sound.audio, self.scratch, alive))
            yield from size_shortfalls(output, path.stat().st_size, made.most_bytes)


def _duration(base: Manifest) -> Fraction:
    return base.plan.duration if isinstance(base.plan, VideoPlan) else Fraction(1)
