"""The finish gate: every output is read again by a prober that didn't make it, and held against the promise."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.compliance import shortfalls, sound_shortfalls
from pipelines.edit_planning import ANALYSIS
from pipelines.errors import GateFailed
from pipelines.fixity import decode, read_hashes
from pipelines.hearing import hear
from pipelines.model import (
    Artifact,
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
from pipelines.probe import probe_outputs
from pipelines.process import Alive, Scratch
from pipelines.render import Rendered


@dataclass(frozen=True, slots=True)
class Verified:
    """What may be published; `level`: the master's sound as it came out, where it was measured."""

    artifacts: tuple[Artifact, ...]
    level: SoundLevel | None = None


def verify(plan: Plan, rendered: Rendered, scratch: Scratch, alive: Alive) -> Verified:
    """Artifacts with their hashes, in the order of the outputs. Raises GateFailed with every shortfall."""
    outputs = rendered.outputs
    missing = [output.name for output in outputs if not (scratch / output.name).is_file()]
    present = [output for output in outputs if output.name not in missing]
    facts = dict(zip(present, probe_outputs([scratch / output.name for output in present], scratch), strict=True))
    findings = [Finding("missing", "reject", name, "") for name in missing]
    findings += [found for output in present for found in shortfalls(output, facts[output])]
    level = None
    if isinstance(plan, VideoPlan) and not missing:
        level = _level(plan, facts[plan.master], scratch, alive)
        findings += [*sound_shortfalls(plan.master, level), *_fixity(plan, rendered.hashes, scratch, alive)]
    if findings:
        raise GateFailed(tuple(findings))
    artifacts = [_artifact(output, facts[output], scratch) for output in outputs]
    if (scratch / ANALYSIS).is_file():
        artifacts.append(_analysis(scratch))
    return Verified(tuple(artifacts), level)


def _level(plan: VideoPlan, facts: OutputFacts | Refusal, scratch: Scratch, alive: Alive) -> SoundLevel | None:
    """Measured on the finished file, where something was promised of it."""
    if plan.master.expect.loudness is None or not isinstance(facts, VideoFacts) or facts.audio is None:
        return None
    return hear(scratch / plan.master.name, facts.audio.index, scratch, alive)


def _fixity(plan: VideoPlan, hashes: tuple[str, ...], scratch: Scratch, alive: Alive) -> Iterator[Finding]:
    """That the file on the disk holds exactly what the encoder gave out, shown without decoding it again."""
    master = scratch / plan.master.name
    read = read_hashes(master, scratch, alive)
    if sorted(read) != sorted(hashes) or len(read) != 2:
        yield Finding("stream-hash", "reject", " ".join(hashes), f"{' '.join(read)} ({master.name})")
    if plan.gate == "decode":
        broken, frames = decode(master, scratch, alive)
        if broken or frames != plan.frames:
            yield Finding("decode", "reject", f"{plan.frames} / 0", f"{frames} / {broken} ({master.name})")


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
        duration=facts.duration if isinstance(facts, VideoFacts) else None,
    )


def _analysis(scratch: Scratch) -> Artifact:
    path = scratch / ANALYSIS
    return Artifact(ANALYSIS, "analysis", "application/json", sha256_of(path), path.stat().st_size)


def sha256_of(path: Path) -> str:
    """Lower-case hex, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
