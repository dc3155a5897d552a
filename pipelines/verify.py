"""The finish gate: every output is read again by a prober that didn't make it, and held against the promise."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pipelines.compliance import shortfalls
from pipelines.edit_planning import ANALYSIS
from pipelines.errors import GateFailed
from pipelines.model import Artifact, Finding, Output, OutputFacts, Refusal, TextFacts, VideoFacts
from pipelines.probe import probe_outputs
from pipelines.process import Scratch


def verify(outputs: Sequence[Output], scratch: Scratch) -> tuple[Artifact, ...]:
    """Artifacts with their hashes, in the order of `outputs`. Raises GateFailed with every shortfall."""
    missing = [output.name for output in outputs if not (scratch / output.name).is_file()]
    present = [output for output in outputs if output.name not in missing]
    facts = dict(zip(present, probe_outputs([scratch / output.name for output in present], scratch), strict=True))
    findings = [Finding("missing", "reject", name, "") for name in missing]
    findings += [found for output in present for found in shortfalls(output, facts[output])]
    if findings:
        raise GateFailed(tuple(findings))
    artifacts = [_artifact(output, facts[output], scratch) for output in outputs]
    if (scratch / ANALYSIS).is_file():
        artifacts.append(_analysis(scratch))
    return tuple(artifacts)


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
