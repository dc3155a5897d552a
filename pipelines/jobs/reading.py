"""Read a publication for people: its facts and rules, its cuts, and its analysis as lanes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pydantic import ValidationError

from pipelines.domain.compliance_sheet import RuleResult, facts_of, rate_of, sheet
from pipelines.domain.lanes import Lane, lanes_of
from pipelines.domain.model import Cut
from pipelines.domain.planning.edit_requests import EditRequest
from pipelines.jobs.editor import Editor
from pipelines.sandbox.messages import ANALYSIS
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from storage.base import NotFound
from storage.records import Job


@dataclass(frozen=True, slots=True)
class PublicationView:
    """A publication as a reviewer reads it. `rate`: frames per second of the master; None of a photo.

    `facts`: pairs of a name and a value. `cuts`, `reel`: an editor's where there are any. `request`: the editor's.
    """

    facts: tuple[tuple[str, str], ...]
    rules: tuple[RuleResult, ...]
    why: tuple[str, ...]
    rate: Fraction | None
    cuts: tuple[Cut, ...]
    reel: tuple[Cut, ...]
    request: EditRequest
    made_at: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The queries of an item's page, bound to one work context."""

    context: WorkContext

    def view(self, job: Job) -> PublicationView:
        """Return the view of a published job. Raises WrongUse where nothing is published."""
        editor = Editor(self.context)
        manifest, edition = editor.manifest(job.id), editor.edition(job.id)
        plan = edition.plan if edition else None
        return PublicationView(
            facts=tuple(facts_of(manifest.facts)),
            rules=sheet(manifest),
            why=manifest.plan.why,
            rate=rate_of(manifest),
            cuts=(plan.cuts if plan else ()) or manifest.cuts,
            reel=(plan.reel if plan else ()) or manifest.reel,
            request=editor.decision(job.id),
            made_at=manifest.made_at,
        )

    def lanes(self, job: Job) -> Sequence[Lane]:
        """Return the lanes of a film's analysis; none of a photo, or where the analysis is of an older form."""
        with tempfile.TemporaryDirectory(prefix="footage-") as folder, translated():
            found = [asset for asset in self.context.ledger.assets([job.manifest]) if asset.role == "analysis"]
            path = Path(folder) / "analysis.json"
            try:
                for asset in found:
                    self.context.store.get(asset.key, path)
                    return lanes_of(ANALYSIS.validate_json(path.read_bytes()))
            except (NotFound, ValidationError):
                return ()
        return ()
