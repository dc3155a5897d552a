"""Find the finished jobs whose publications are stale: compare each job's recipe with the one it would get today."""

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
    """A job and the recipe that it would get today ("" where only running it again can tell)."""

    job: Job
    recipe: str

    @property
    def is_current(self) -> bool:
        """Tell whether the job is published by today's recipe, so that running it again makes no other files."""
        return self.job.state == "published" and bool(self.recipe) and self.recipe == self.job.recipe

    @property
    def is_stale(self) -> bool:
        """Tell whether the job is known to get another recipe today."""
        return bool(self.recipe) and self.recipe != self.job.recipe


def staleness_of(context: WorkContext, jobs: Iterable[Job]) -> Iterator[Staleness]:
    """Return each job with the recipe that it would get today."""
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
        return safe  # a graphics card or a lossless turn had failed, and the safe plan was used
    return recipe_digest(made())
