"""What would become of a file, told without rendering or recording anything."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipelines.domain.acceptance import accept
from pipelines.domain.model import Facts, Plan, Refusal, Submission, VideoPlan
from pipelines.sandbox.limits import Scratch
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import noted
from pipelines.stages.plan import make_plan
from pipelines.stages.probe import probe
from storage.records import RecordedFinding
from pipelines.tools.ffmpeg import graphs

_ENDS = graphs.Ends(4, 5, 6, 7, 8)
_SOURCE = 3


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of a file: nothing was rendered. `arguments` is ffmpeg's command line for a video."""

    findings: tuple[RecordedFinding, ...]
    facts: Facts | None = None
    plan: Plan | None = None
    arguments: tuple[str, ...] = ()


def preview(context: WorkContext, path: Path, submission: Submission) -> Preview:
    """Its facts, findings, plan and command line."""
    with tempfile.TemporaryDirectory(prefix="footage-") as folder:
        facts = probe(path, Scratch(Path(folder), context.confined))
    if isinstance(facts, Refusal):
        return Preview(tuple(noted((facts.finding,))))
    findings = accept(facts, context.campaign, submission)
    plan = make_plan(facts, context.campaign, submission.programme, confined=context.confined)
    arguments = graphs.arguments(plan, _SOURCE, _ENDS) if isinstance(plan, VideoPlan) else []
    return Preview(tuple(noted(findings)), facts, plan, tuple(arguments))
