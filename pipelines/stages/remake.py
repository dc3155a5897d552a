"""Make a publication again from the master of an earlier one: only what its plan changes is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipelines.domain.keys import output_key
from pipelines.domain.model import Finding, Manifest, VideoPlan
from pipelines.domain.planning.edit import ANALYSIS_JSON, edit_findings, edit_outputs
from pipelines.domain.planning.parts import clips_part, stills_part
from pipelines.domain.reporting import Report
from pipelines.sandbox import children
from pipelines.sandbox.limits import Scratch
from pipelines.sandbox.messages import ANALYSIS, EDIT, FILM
from pipelines.sandbox.process import Alive
from pipelines.stages.render import Rendered, edit_limits, heard, with_open_eyes
from storage.base import Store

_CUT, _STILL, _BOARD = ("clip", "reel"), ("still", "poster", "thumbnail"), ("master", "storyboard")
_ENCODED = frozenset({"damaged", "unfinished"})  # codes of findings that only decoding the original yields


@dataclass(frozen=True, slots=True)
class Remaking:
    """The remaking of one film by another plan that has the same master (:func:`is_master_kept`).

    `earlier`: the publication that stands.
    """

    plan: VideoPlan
    earlier: Manifest
    store: Store
    scratch: Scratch
    report: Report
    alive: Alive

    def render(self) -> Rendered:
        """Fetch what stays and make what changes; all of it is verified like a first publication."""
        old = self.earlier.plan
        assert isinstance(old, VideoPlan)  # noqa: S101 - is_master_kept has checked it
        clips, stills = clips_part(old) == clips_part(self.plan), stills_part(old) == stills_part(self.plan)
        kept = [*self._fetched(*_BOARD), *(self._fetched(*_CUT) if clips else ())]
        self._fetch(ANALYSIS_JSON)
        analysis = ANALYSIS.validate_json((self.scratch / ANALYSIS_JSON).read_bytes())
        self.report("edit", 0.0, 0.0)
        request = {"plan": FILM.dump_python(self.plan, mode="json"), "cut": not clips}
        edit = children.call(
            "edit", request, EDIT, scratch=self.scratch, alive=self.alive, limits=edit_limits(self.plan)
        )
        edit = with_open_eyes(self.plan, analysis, edit, self.scratch, self.alive)
        if stills:
            kept += self._fetched(*_STILL)  # what they showed is known now, and the files are the published ones
        tiles = next((artifact for artifact in self.earlier.artifacts if artifact.name == "storyboard.vtt"), None)
        outputs = (self.plan.master, *edit_outputs(self.plan, edit, self._tiles() if tiles else 0))
        findings = (*self._decoding(), *edit_findings(self.plan, edit, analysis), *heard(self.plan, analysis))
        return Rendered(outputs, edit.cuts, edit.reel, findings, stills=edit.stills, kept=tuple(kept))

    def _decoding(self) -> tuple[Finding, ...]:
        return tuple(found for found in self.earlier.findings if found.code in _ENCODED and not found.output)

    def _tiles(self) -> int:
        return (self.scratch / "storyboard.vtt").read_text(encoding="utf-8").count(" --> ")

    def _fetched(self, *roles: str) -> list[str]:
        names = [artifact.name for artifact in self.earlier.artifacts if artifact.role in roles]
        for name in names:
            self._fetch(name)
        return names

    def _fetch(self, name: str) -> Path:
        """Fetch a published file; the store checks its hash."""
        path = self.scratch / name
        self.store.get(output_key(self.earlier.original.sha256, self.earlier.recipe, name), path)
        return path
