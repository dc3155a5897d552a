"""What would become of a file, told without rendering or recording anything."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipelines.acceptance import accept
from pipelines.children.limits import Scratch
from pipelines.facts.probe import probe
from pipelines.films import video
from pipelines.model import Facts, Plan, Refusal, Submission, VideoPlan
from pipelines.recipes import make_plan
from pipelines.scheduling.failures import noted
from pipelines.scheduling.place import Place

_ENDS = video.Ends(4, 5, 6, 7, 8)
_SOURCE = 3


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of a file: nothing was rendered. `arguments` is ffmpeg's command line for a video."""

    findings: tuple[dict[str, str], ...]
    facts: Facts | None = None
    plan: Plan | None = None
    arguments: tuple[str, ...] = ()


def preview(place: Place, path: Path, submission: Submission) -> Preview:
    """Its facts, findings, plan and command line."""
    with tempfile.TemporaryDirectory(prefix="footage-") as folder:
        facts = probe(path, Scratch(Path(folder), place.confined))
    if isinstance(facts, Refusal):
        return Preview(tuple(noted((facts.finding,))))
    findings = accept(facts, place.campaign, submission)
    plan = make_plan(facts, place.campaign, submission.programme, confined=place.confined)
    arguments = video.arguments(plan, _SOURCE, _ENDS) if isinstance(plan, VideoPlan) else []
    return Preview(tuple(noted(findings)), facts, plan, tuple(arguments))
