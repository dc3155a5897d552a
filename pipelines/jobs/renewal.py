"""Find what stands of a published job, and what its plan would be today."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipelines.domain.errors import ToolFailed
from pipelines.domain.keys import manifest_key, recipe_digest
from pipelines.domain.model import Manifest, Plan
from pipelines.domain.planning.derivation import DerivedPublication
from pipelines.domain.planning.parts import is_master_kept
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from pipelines.stages.plan import make_plan
from pipelines.stages.publish import read_derived, read_manifest
from storage.records import Job


@dataclass(frozen=True, slots=True)
class StandingResult:
    """The results of a job that stand: its publication, the derived one with its base, and today's plan.

    `is_same`: today's plan makes what stands.
    """

    manifest: Manifest
    plan: Plan
    is_same: bool
    edition: tuple[DerivedPublication, Manifest] | None

    @property
    def keeps_master(self) -> bool:
        """Tell whether today's plan makes the same master."""
        return is_master_kept(self.manifest.plan, self.plan)


def standing_result(context: WorkContext, job: Job) -> StandingResult | None:
    """Return what stands of a job, and today's plan for it; None where nothing that can be read does."""
    if not job.manifest:
        return None
    with tempfile.TemporaryDirectory(prefix="footage-", dir=context.scratch) as name, translated():
        folder = Path(name)
        try:
            manifest = read_manifest(context.store, job.manifest, folder)
            edition = _edition(context, job, folder)
        except ToolFailed:  # of an older version: it is made from its original
            return None
    if manifest is None:
        return None
    plan = plan_today(context, manifest, job.programme)
    return StandingResult(manifest, plan, recipe_digest(plan) == manifest.recipe, edition)


def plan_today(context: WorkContext, manifest: Manifest, programme: str) -> Plan:
    """Return today's plan for what a manifest has published: the safe one where that is what stands."""
    planned = partial(make_plan, manifest.facts, context.campaign, programme, confined=context.confined)
    # A graphics card or a lossless turn may have failed: then the safe plan made what stands.
    safe = planned(safe=True)
    return safe if recipe_digest(safe) == manifest.recipe else planned()


def _edition(context: WorkContext, job: Job, folder: Path) -> tuple[DerivedPublication, Manifest] | None:
    """Return the derived publication that stands, with the manifest of its base."""
    decided = context.ledger.edits.of([job.id]).get(job.id)
    edition = read_derived(context.store, decided.manifest, folder) if decided and decided.manifest else None
    if edition is None:
        return None
    base = read_manifest(context.store, manifest_key(edition.original.sha256, edition.base), folder)
    return (edition, base) if base else None
