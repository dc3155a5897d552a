"""Which finished jobs would be made otherwise today: what a job was made by, and what it would be made by now."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipelines.domain.keys import recipe_digest
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from pipelines.stages.plan import make_plan
from pipelines.stages.publish import read_manifest
from storage.records import Job


@dataclass(frozen=True, slots=True)
class Staleness:
    """A job that reprocessing selects, and the recipe it would get ("" where only running it again can tell)."""

    job: Job
    recipe: str

    @property
    def is_stale(self) -> bool:
        """True where it is known to be made otherwise."""
        return bool(self.recipe) and self.recipe != self.job.recipe


def staleness_of(context: WorkContext, jobs: Iterable[Job]) -> Iterator[Staleness]:
    """Each of them, with today's recipe."""
    return (Staleness(job, _recipe_today(context, job)) for job in jobs)


def _recipe_today(context: WorkContext, job: Job) -> str:
    if not job.manifest:
        return ""
    with tempfile.TemporaryDirectory(prefix="footage-") as folder, translated():
        manifest = read_manifest(context.store, job.manifest, Path(folder))
    if manifest is None:
        return ""
    made = partial(make_plan, manifest.facts, context.campaign, job.programme, confined=context.confined)
    if (safe := recipe_digest(made(safe=True))) == job.recipe:
        return safe  # a graphics card, or a turn without loss, had failed at it
    return recipe_digest(made())
