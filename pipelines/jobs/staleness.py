"""Find the finished jobs whose publications are stale: compare each job's recipe with the one it would get today."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.domain.keys import recipe_digest
from pipelines.jobs.renewal import plan_today
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
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
    return recipe_digest(plan_today(context, manifest, job.programme)) if manifest else ""
