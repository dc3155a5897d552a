"""Save a search under a name, and remove one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from desk.auth.access import Reader
from desk.context import Here

router = APIRouter(prefix="/searches", include_in_schema=False)


@router.post("")
def save(
    here: Here,
    key: Reader,
    name: Annotated[str, Form(max_length=60)] = "",
    query: Annotated[str, Form(max_length=8000)] = "",
) -> Response:
    """Save the search that the page shows."""
    here.service.finder.save(key.owner, name, query)
    return RedirectResponse(f"/?{query}", status_code=303)


@router.post("/{search}/remove")
def remove(here: Here, key: Reader, search: str) -> Response:
    """Remove one of one's own."""
    here.service.finder.forget(search, key.owner)
    return RedirectResponse("/", status_code=303)
