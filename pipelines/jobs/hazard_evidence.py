"""Show a hazard: the films and photos of it, and the exposure sheet (曝光单)."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from pipelines.domain.hazard_sheet import HEADINGS, hazard_cells
from pipelines.domain.hazards import Hazard
from pipelines.jobs.bundles import local
from pipelines.jobs.outputs import largest_thumbnail, outputs_of
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from pipelines.tools.documents.apart import make_documents
from storage.changes import Selection
from storage.records import Asset, Job

_MOST_ITEMS, _MOST_PICTURES = 50, 4
_SHOWN: tuple[str, ...] = ("pair", "still", "photo")
_SIDES = {"before": "整改前", "after": "整改后"}
_DATA: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


def shown_by(context: WorkContext, hazard: Hazard) -> list[Job]:
    """Return the jobs that show a hazard: those it names, and both of its before-and-after pair."""
    with translated():
        named = context.ledger.jobs(hazard.items)
        asked = Selection(pair=hazard.pair, only_unit=hazard.unit, limit=_MOST_ITEMS)
        paired = context.ledger.find(**asked) if hazard.pair else []
    return [*{job.id: job for job in (*named, *paired)}.values()]


def pictures_of(context: WorkContext, jobs: Sequence[Job]) -> list[tuple[Job, Asset]]:
    """Return what shows a hazard best: the pair side by side, stills, photos; else thumbnails."""
    outputs = outputs_of(context, jobs)
    found = [(job, asset) for role in _SHOWN for job in jobs for asset in outputs[job.id] if asset.role == role]
    seen = {job.id for job, _ in found}
    small = ((job, largest_thumbnail(outputs[job.id])) for job in jobs if job.id not in seen)
    return [(job, asset) for job, asset in (*found, *small) if asset and asset.media_type == "image/jpeg"]


def exposure_of(context: WorkContext, hazard: Hazard, today: date) -> bytes:
    """Return the exposure sheet (曝光单) as PDF: the facts, stills, and before and after side by side."""
    pictures = pictures_of(context, shown_by(context, hazard))[:_MOST_PICTURES]
    titles = [names[0] for names in HEADINGS.values()]
    cells = dict(zip([*titles, "期限提示"], hazard_cells(hazard, today), strict=True))
    with tempfile.TemporaryDirectory(prefix="footage-", dir=context.scratch) as name:
        folder, shown = Path(name), []
        (folder / "pictures").mkdir()
        for number, (job, asset) in enumerate(pictures):
            with local(context, asset) as path:
                shutil.copyfile(path, folder / "pictures" / f"{number}.jpg")
            said = _SIDES.get(job.side, "") if asset.role != "pair" else "整改前后"
            shown.append({"picture": f"{number}.jpg", "said": " · ".join(filter(None, (said, job.date)))})
        campaign = context.campaign.campaign
        data = {"campaign": campaign.name, "county": campaign.county, "cells": cells, "pictures": shown}
        (folder / "data.json").write_bytes(_DATA.dump_json(data))
        make_documents("exposure", folder)
        return (folder / "exposure.pdf").read_bytes()
