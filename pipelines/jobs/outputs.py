"""Find the published outputs of jobs, and copy a publication out of the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pipelines.jobs.editor import overruled
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from storage.records import Asset, Job


def outputs_of(context: WorkContext, jobs: Sequence[Job]) -> dict[str, list[Asset]]:
    """Return published outputs by job id. An editor's replace the automatic ones; analysis data is left out."""
    with translated():
        decided = context.ledger.edits.of([job.id for job in jobs if job.manifest])
        manifests = [job.manifest for job in jobs if job.manifest]
        manifests += [record.manifest for record in decided.values() if record.manifest]
        rows = context.ledger.assets(manifests)
    published: dict[str, list[Asset]] = {}
    for row in rows:
        if row.role != "analysis":
            published.setdefault(row.manifest, []).append(row)
    return {job.id: overruled(published, job, decided.get(job.id)) for job in jobs}


def smallest_thumbnail(outputs: Iterable[Asset]) -> Asset | None:
    """Return the smallest thumbnail among a job's outputs, if there is one."""
    return min(_thumbnails(outputs), key=lambda asset: asset.width or 0, default=None)


def largest_thumbnail(outputs: Iterable[Asset]) -> Asset | None:
    """Return the largest thumbnail among a job's outputs, if there is one."""
    return max(_thumbnails(outputs), key=lambda asset: asset.width or 0, default=None)


def _thumbnails(outputs: Iterable[Asset]) -> list[Asset]:
    return [asset for asset in outputs if asset.role == "thumbnail"]


def export(context: WorkContext, job: Job, folder: Path) -> None:
    """Copy a job's publication, manifest included, into `folder`; each file is checked against its hash."""
    outputs = outputs_of(context, [job])[job.id]
    with translated():
        decided = context.ledger.edits.of([job.id]).get(job.id)
        analysis = [it for it in context.ledger.assets([job.manifest]) if it.role == "analysis"]
        for asset in (*outputs, *analysis):
            context.store.get(asset.key, folder / asset.name)
        context.store.get(job.manifest, folder / "manifest.json")
        if decided and decided.manifest:
            context.store.get(decided.manifest, folder / "edition.json")
