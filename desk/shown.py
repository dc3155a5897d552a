"""What a browser is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.templating import Jinja2Templates
from starlette.responses import Response

from desk.context import RequestContext
from pipelines.service import plain

_TEMPLATES = Jinja2Templates(Path(__file__).parent / "templates")
_TEMPLATES.env.filters["plain"] = plain


def show(request: Request, here: RequestContext, name: str, *, status: int = 200, **values: Any) -> Response:
    """A page; nothing keeps a copy of it."""
    values = {"campaign": here.service.campaign, **values}
    headers = {"Cache-Control": "no-store"}
    page: Response = _TEMPLATES.TemplateResponse(request, name, values, status_code=status, headers=headers)
    return page


def wants_page(request: Request) -> bool:
    """True where a person looks on, who reads a sentence rather than JSON."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")
