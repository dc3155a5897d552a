"""Show the page on which people send films and photos."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from desk.auth.access import Submitter
from desk.context import Here
from desk.shown import show

router = APIRouter(include_in_schema=False)


@router.get("/send")
def send(request: Request, here: Here, key: Submitter) -> Response:
    """Show the form; files go by the tus protocol."""
    return show(request, here, "send.html", key=key, most=here.max_upload)
