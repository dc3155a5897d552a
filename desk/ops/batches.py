"""Show operators the batches of what is made again, how far they are, and let them pause, end and take back."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from desk.auth.access import Operating
from desk.context import Here
from desk.shown import show
from pipelines.service import BATCHES, OUTPUTS

router = APIRouter(prefix="/batches", include_in_schema=False)
_ROWS = 100  # of the table of before and after
_ENDED = ("done", "failed", "left", "cancelled", "rolled-back", "pruned")


@router.get("")
def listed(request: Request, here: Here, key: Operating) -> Response:
    """Show all batches."""
    found = [(batch, counts, *_progress(counts)) for batch, counts in here.service.batches.all()]
    return show(request, here, "batches.html", key=key, found=found, states=BATCHES)


@router.get("/{batch}")
def one(request: Request, here: Here, key: Operating, batch: str) -> Response:
    """Show a batch: how far it is, what it was foretold to take, and what stood before and stands after."""
    found, counts = here.service.batches.of(batch)
    done, whole = _progress(counts)
    values: dict[str, Any] = {
        "batch": found,
        "counts": counts,
        "done": done,
        "whole": whole,
        "rows": here.service.batches.compare(batch, limit=_ROWS),
        "shown": _ROWS,
        "states": BATCHES,
        "outputs": OUTPUTS,
    }
    return show(request, here, "batch.html", key=key, **values)


@router.post("/{batch}/{verb}")
def change(here: Here, _key: Operating, batch: str, verb: Literal["pause", "resume", "cancel", "rollback"]) -> Response:
    """Pause a batch, go on with it, end it, or bring back what stood before it."""
    batches = here.service.batches
    if verb == "rollback":
        batches.roll_back(batch)
    else:
        {"pause": batches.pause, "resume": batches.resume, "cancel": batches.cancel}[verb](batch)
    return RedirectResponse(f"/batches/{batch}", status_code=303)


def _progress(counts: Any) -> tuple[int, int]:
    return sum(counts.get(state, 0) for state in _ENDED), sum(counts.values())
