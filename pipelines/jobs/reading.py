"""Read a publication for people: its facts and rules, its cuts, and its analysis as lanes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from pydantic import ValidationError

from pipelines.domain.compliance_sheet import RuleResult, facts_of, rate_of, sheet
from pipelines.domain.lanes import Lane, lanes_of
from pipelines.domain.model import Cut, Manifest, SeenText
from pipelines.domain.planning.edit_requests import EDIT_REQUEST, EditRequest
from pipelines.jobs.editor import Editor
from pipelines.sandbox.messages import ANALYSIS
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from storage.base import NotFound
from storage.records import Asset, Job


@dataclass(frozen=True, slots=True)
class PublicationView:
    """A publication as a reviewer reads it. `rate`: frames per second of the master; None of a photo.

    `facts`: pairs of a name and a value. `cuts`, `reel`: an editor's where there are any. `request`: the editor's.
    `seen`: the words in its pictures.
    """

    facts: tuple[tuple[str, str], ...]
    rules: tuple[RuleResult, ...]
    why: tuple[str, ...]
    rate: Fraction | None
    cuts: tuple[Cut, ...]
    reel: tuple[Cut, ...]
    request: EditRequest
    made_at: str
    seen: tuple[SeenText, ...]


# Views of manifests, by key. A manifest never changes, and its key is made from the original and the recipe.
_KEPT: dict[str, PublicationView] = {}
_MOST_KEPT = 500


def _keep(key: str, made: PublicationView) -> PublicationView:
    if len(_KEPT) >= _MOST_KEPT:
        _KEPT.clear()
    return _KEPT.setdefault(key, made)


def _view(manifest: Manifest) -> PublicationView:
    """Return the view of a publication without an editor's changes."""
    return PublicationView(
        facts=tuple(facts_of(manifest.facts)),
        rules=sheet(manifest),
        why=manifest.plan.why,
        rate=rate_of(manifest),
        cuts=manifest.cuts,
        reel=manifest.reel,
        request=EditRequest(),
        made_at=manifest.made_at,
        seen=manifest.seen,
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """The queries of an item's page, bound to one work context."""

    context: WorkContext

    def view(self, job: Job) -> PublicationView:
        """Return the view of a published job. Raises WrongUse where nothing is published."""
        editor = Editor(self.context)
        made = _KEPT.get(job.manifest) or _keep(job.manifest, _view(editor.manifest(job.id)))
        with translated():
            record = self.context.ledger.edits.of([job.id]).get(job.id)
        if record is None:
            return made
        cuts, reel = made.cuts, made.reel
        if edition := editor.edition(job.id):
            cuts, reel = edition.plan.cuts or cuts, edition.plan.reel or reel
        return replace(made, cuts=cuts, reel=reel, request=EDIT_REQUEST.validate_python(record.decision))

    def text(self, asset: Asset) -> bytes:
        """Return the bytes of a small output, such as the list of a storyboard's pictures."""
        with tempfile.TemporaryDirectory(prefix="footage-") as folder, translated():
            path = Path(folder) / "text"
            self.context.store.get(asset.key, path)
            return path.read_bytes()

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
