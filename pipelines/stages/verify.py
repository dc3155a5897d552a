"""The finish gate: every output is read again by a prober that didn't make it, and held against the promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.domain.compliance import length_shortfalls, shortfalls, sound_shortfalls
from pipelines.domain.errors import GateFailed
from pipelines.domain.model import (
    Artifact,
    Facts,
    Finding,
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
from storage.digests import sha256_of

_STREAMS = 2  # of a master: a picture and a sound


@dataclass(frozen=True, slots=True)
class Verified:
    """What may be published; `level`: the master's sound as it came out; `findings`: what is told of it."""

    artifacts: tuple[Artifact, ...]
    level: SoundLevel | None = None
    findings: tuple[Finding, ...] = ()


def verify(
    plan: Plan, rendered: Rendered, source: Facts, scratch: Scratch, alive: Alive, copied: SoundLevel | None = None
) -> Verified:
    """Artifacts with their hashes, in the order of the outputs. Raises GateFailed with every shortfall.

    `source`: what was read off the original; `copied`: the level of its sound, where that was taken over as it is.
    """
    outputs = rendered.outputs
    missing = [output.name for output in outputs if not (scratch / output.name).is_file()]
    present = [output for output in outputs if output.name not in missing]
    decode_whole = {scratch / output.name: output.name not in rendered.read_back for output in present}
    facts = dict(zip(present, probe_outputs(decode_whole, scratch, alive), strict=True))
    findings = [Finding("missing", "reject", name, "") for name in missing]
    findings += [found for output in present for found in shortfalls(output, facts[output])]
    level = None
    if isinstance(plan, VideoPlan) and not findings:
        master = read(scratch / plan.master.name, scratch, alive, copied)
        level = master.level
        findings += [*sound_shortfalls(plan.master, level), *_fixity(plan, rendered.hashes, master.hashes)]
        findings += _decoding(plan, scratch, alive)
        if rendered.given and isinstance(source, VideoFacts):
            findings += length_shortfalls(plan, source, rendered.given)
    short = tuple(finding for finding in findings if finding.severity == "reject")
    if short:
        raise GateFailed(short)
    artifacts = [artifact_of(output, facts[output], scratch) for output in outputs]
    if (scratch / ANALYSIS_JSON).is_file():
        artifacts.append(_analysis(scratch))
    return Verified(tuple(artifacts), level, tuple(findings))


def _fixity(plan: VideoPlan, given_out: tuple[str, ...], read_back: tuple[str, ...]) -> Iterator[Finding]:
    """That the file on the disk holds exactly what the encoder gave out, shown without decoding it again."""
    if sorted(given_out) != sorted(read_back) or len(read_back) != _STREAMS:
        yield Finding("stream-hash", "reject", " ".join(given_out), f"{' '.join(read_back)} ({plan.master.name})")


def _decoding(plan: VideoPlan, scratch: Scratch, alive: Alive) -> Iterator[Finding]:
    """Every frame, where the profile asks for it."""
    if plan.gate == "decode":
        broken, frames = decode(scratch / plan.master.name, scratch, alive)
        if broken or frames != plan.frames:
            yield Finding("decode", "reject", f"{plan.frames} / 0", f"{frames} / {broken} ({plan.master.name})")


def artifact_of(output: Output, facts: OutputFacts | Refusal, scratch: Scratch) -> Artifact:
    """What was made and verified, with its hash."""
    path = scratch / output.name
    return Artifact(
        name=output.name,
        role=output.role,
        media_type=output.media_type,
        sha256=sha256_of(path),
        size=path.stat().st_size,
        width=None if isinstance(facts, TextFacts | Refusal) else facts.width,
        height=None if isinstance(facts, TextFacts | Refusal) else facts.height,
        duration=facts.duration if isinstance(facts, VideoFacts) else None,
    )


def _analysis(scratch: Scratch) -> Artifact:
    path = scratch / ANALYSIS_JSON
    return Artifact(ANALYSIS_JSON, "analysis", "application/json", sha256_of(path), path.stat().st_size)
