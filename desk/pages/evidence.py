"""Show what a package of evidence would hold and leave out, and send it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from desk.auth.access import Reader
from desk.context import Here, RequestContext
from desk.downloads.ranges import begins, sent
from desk.shown import show
from pipelines.domain.errors import WrongUse
from pipelines.domain.evidence import KINDS, length
from pipelines.service import EvidenceQuery

router = APIRouter(prefix="/evidence", include_in_schema=False)
_Said = Annotated[str, Query(max_length=200)]


def _asked(
    key: Reader,
    unit: _Said = "",
    period: _Said = "",
    programme: _Said = "",
    activity: _Said = "",
    words: _Said = "",
) -> EvidenceQuery:
    return EvidenceQuery(unit, period, programme, activity, words, only_unit=key.unit)


Asked = Annotated[EvidenceQuery, Depends(_asked)]


@router.get("")
def listed(request: Request, here: Here, key: Reader, query: Asked) -> Response:
    """Show the list of a package before it is downloaded; it prints on A4."""
    found, said, status = None, "", 200
    try:
        found = here.service.office.evidence.find(query) if query.address else None
    except WrongUse as error:
        said, status = error.text, 422
    periods = _periods(here)
    values: dict[str, Any] = {
        "query": query,
        "found": found and found.listed,
        "pictures": found and {job: f"/files/{job}/{asset.name}" for job, asset in found.pictures.items()},
        "said": said,
        "kinds": KINDS,
        "length": length,
        "periods": periods,
        "free": query.period not in {"", *(value for value, _ in periods)},
        "own": key.unit,
    }
    return show(request, here, "evidence.html", key=key, status=status, **values)


@router.get("/package.zip")
def package(request: Request, here: Here, key: Reader, query: Asked) -> Response:
    """Send the package; a download that broke off goes on where it ended."""
    bundle = here.service.office.evidence.bundle(query)
    if begins(request, bundle):
        here.service.office.evidence.note_download(bundle, key.owner)
    return sent(request, bundle)


def _periods(here: RequestContext) -> list[tuple[str, str]]:
    """Return the periods that ask for media, with their words."""
    found = [(one.key, one.due) for one in here.service.office.evidence.periods()]
    return [(key, f"{due.due} {due.name}") for key, due in found if due]
