"""Verify every output at the gate: read it with a prober that did not make it, and compare it with its plan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipelines.domain import compliance
from pipelines.domain.errors import GateFailed
from pipelines.domain.model import (
    MAIN,
    Artifact,
    Facts,
    Finding,
    ImageFacts,
    Output,
    OutputFacts,
    Plan,
    Refusal,
    SoundLevel,
    TextFacts,
    VideoFacts,
    VideoPlan,
)
from pipelines.domain.planning.edit import ANALYSIS_JSON
from pipelines.sandbox.limits import Scratch
from pipelines.sandbox.process import Alive
from pipelines.stages.probe import probe_outputs
from pipelines.stages.render import Rendered
from pipelines.tools.ffmpeg.fixity import decode, read
from storage.digests import crc32_of, sha256_of

Read = Mapping[Output, OutputFacts | Refusal]
Further = Callable[[Read], Iterator[Finding]]  # checks that only make sense once every output is there and right


@dataclass(frozen=True, slots=True)
class Verified:
    """Artifacts that may be published, with their findings.

    `level`: of the master's sound, as it was encoded. `facts`: of the master or the photo, as the gate read it.
    """

    artifacts: tuple[Artifact, ...]
    findings: tuple[Finding, ...] = ()
    level: SoundLevel | None = None
    facts: Facts | None = None


def verify(
    outputs: Sequence[Output],
    scratch: Scratch,
    alive: Alive,
    *,
    read_back: Collection[str] = (),
    further: Further = lambda _: iter(()),
) -> Verified:
    """Return the artifacts with their hashes, in the order of the outputs. Raises GateFailed with every shortfall.

    `read_back`: names of outputs that were already decoded from the disk to their last byte. `further`: more checks.
    """
    present = [output for output in outputs if (scratch / output.name).is_file()]
    decode_whole = {scratch / output.name: output.name not in read_back for output in present}
    facts = dict(zip(present, probe_outputs(decode_whole, scratch, alive), strict=True))
    findings = [compliance.missing(output) for output in outputs if output not in facts]
    findings += [found for output in present for found in compliance.shortfalls(output, facts[output])]
    if not findings:
        findings += further(facts)
    short = tuple(finding for finding in findings if finding.severity == "reject")
    if short:
        raise GateFailed(short)
    artifacts = tuple(_artifact(output, facts[output], scratch) for output in outputs)
    return Verified(artifacts, tuple(findings), facts=_main(facts))


@dataclass(frozen=True, slots=True)
class MasterGate:
    """The gate of a film, which also compares the master with what its encoder and its decoder gave out.

    `source`: the facts of the original. `level`: of the master's sound, already known where it was copied.
    """

    plan: VideoPlan
    rendered: Rendered
    source: Facts
    scratch: Scratch
    alive: Alive
    level: SoundLevel | None

    def verify(self) -> Verified:
        """Verify all outputs of the film; return them with the analysis and the level of the master's sound."""
        master = self.plan.master
        heard: list[SoundLevel] = []

        def further(_: Read) -> Iterator[Finding]:
            held = read(self.scratch / master.name, self.scratch, self.alive, self.level)
            heard.append(held.level)
            yield from compliance.sound_shortfalls(master, held.level)
            if master.name not in self.rendered.kept:  # of a kept one the store has checked the SHA-256
                yield from compliance.fixity_shortfalls(master, self.rendered.hashes, held.hashes)
            yield from self._decoded()

        found = verify(self.rendered.outputs, self.scratch, self.alive, further=further)
        analysis = _analysis(self.scratch)
        return replace(found, artifacts=(*found.artifacts, analysis), level=heard[0])

    def _decoded(self) -> Iterator[Finding]:
        plan = self.plan
        if plan.gate == "decode":
            broken, frames = decode(self.scratch / plan.master.name, self.scratch, self.alive)
            yield from compliance.decode_shortfalls(plan.master, plan.frames, frames, broken)
        if self.rendered.decoded and isinstance(self.source, VideoFacts):
            yield from compliance.length_shortfalls(plan, self.source, self.rendered.decoded)


def verify_rendered(plan: Plan, rendered: Rendered, source: Facts, scratch: Scratch, alive: Alive) -> Verified:
    """Verify what was rendered by a plan of the original with these facts."""
    if isinstance(plan, VideoPlan):
        return MasterGate(plan, rendered, source, scratch, alive, _copied_level(source, plan)).verify()
    return verify(rendered.outputs, scratch, alive, read_back=rendered.read_back)


def _copied_level(facts: Facts, plan: VideoPlan) -> SoundLevel | None:
    """Return the level of the original's sound where the plan copies it; else None."""
    if "sound" not in plan.copied or not isinstance(facts, VideoFacts) or facts.sound.audio is None:
        return None
    return facts.sound.audio.level


def _main(read: Read) -> Facts | None:
    """Return the facts of the master or the photo, where it is among these outputs."""
    found = (facts for output, facts in read.items() if output.role in MAIN)
    return next((facts for facts in found if isinstance(facts, VideoFacts | ImageFacts)), None)


def _artifact(output: Output, facts: OutputFacts | Refusal, scratch: Scratch) -> Artifact:
    path = scratch / output.name
    return Artifact(
        name=output.name,
        role=output.role,
        media_type=output.media_type,
        sha256=sha256_of(path),
        size=path.stat().st_size,
        width=None if isinstance(facts, TextFacts | Refusal) else facts.width,
        height=None if isinstance(facts, TextFacts | Refusal) else facts.height,
        duration=facts.timing.duration if isinstance(facts, VideoFacts) else None,
        crc32=crc32_of(path),
    )


def _analysis(scratch: Scratch) -> Artifact:
    path = scratch / ANALYSIS_JSON
    return Artifact(ANALYSIS_JSON, "analysis", "application/json", sha256_of(path), path.stat().st_size)
