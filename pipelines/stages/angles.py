"""Make a master of each other picture of a film, as a dash cam's rear camera, beside the main one and linked to it.

Every picture is planned, encoded and verified like the main one, each by a decode of its own. A picture of which
nothing can be made is left out, and this is told: the main one is no worse for it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.domain.errors import GateFailed, Stalled, ToolFailed
from pipelines.domain.model import Finding, Plan, Refusal, VideoFacts, VideoPlan
from pipelines.domain.planning.encoders import is_hardware
from pipelines.domain.planning.video import as_angle
from pipelines.domain.reporting import Report
from pipelines.domain.wording import text
from pipelines.sandbox.limits import Scratch
from pipelines.sandbox.process import Alive
from pipelines.stages.probe import probe_angle
from pipelines.stages.render import Rendered, encode
from pipelines.stages.verify import Verified, verify_rendered

Judged = Callable[[VideoFacts], Iterable[Finding]]
Planned = Callable[[VideoFacts], Plan]
_TOLD = {"damaged", "truncated"}  # of the findings on another picture; the rest is told of the main one


@dataclass(frozen=True, slots=True)
class Angles:
    """The other pictures of one film. `judged`: finds what is wrong with such facts; `planned`: makes their plan."""

    film: VideoFacts
    judged: Judged
    planned: Planned
    original: Path
    scratch: Scratch
    report: Report
    alive: Alive

    def made(self, plan: VideoPlan) -> Iterator[Verified]:
        """Yield what was made of each picture that the film's plan names; the files lie in the scratch folder."""
        for number, index in enumerate(plan.angles, 2):
            folder = self.scratch / f"angle-{number}"
            folder.mkdir()
            try:
                yield self._made(number, index, replace(self.scratch, path=folder))
            finally:
                shutil.rmtree(folder)  # the film may be made once more, by a safe plan

    def _made(self, number: int, index: int, scratch: Scratch) -> Verified:
        facts = probe_angle(self.film, index, self.original, scratch, self.alive)
        if isinstance(facts, Refusal):
            return _left_out(number, facts.finding)
        found = [*self.judged(facts)]
        if against := next((finding for finding in found if finding.severity == "reject"), None):
            return _left_out(number, against)
        planned = self.planned(facts)
        assert isinstance(planned, VideoPlan)  # noqa: S101 - the facts are a film's
        try:
            made = self._encoded(as_angle(planned, number), facts, scratch)
        except (ToolFailed, GateFailed, Stalled) as error:
            if is_hardware(planned.encoding.encoder):
                raise  # the film is made once more, by x264
            return Verified((), (Finding("angle-left-out", "warning", error.text.rstrip("。"), str(number)),))
        if isinstance(made, Refusal):
            return _left_out(number, made.finding)
        return replace(made, findings=(*(it for it in found if it.code in _TOLD), *made.findings))

    def _encoded(self, plan: VideoPlan, facts: VideoFacts, scratch: Scratch) -> Verified | Refusal:
        encoded = encode(plan, self.original, scratch, self.report, self.alive)
        if isinstance(encoded, Refusal):
            return encoded
        rendered = Rendered((plan.master,), hashes=encoded.hashes, decoded=encoded.decoded)
        verified = verify_rendered(plan, rendered, facts, scratch, self.alive)
        (scratch / plan.master.name).rename(self.scratch / plan.master.name)
        (master,) = (artifact for artifact in verified.artifacts if artifact.name == plan.master.name)
        return Verified((master,), (*encoded.findings, *verified.findings))


def _left_out(number: int, why: Finding) -> Verified:
    return Verified((), (Finding("angle-left-out", "warning", text(why).rstrip("。"), str(number)),))
