"""Render pages for a browser."""

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
    """Render a page that may not be cached."""
    values = {"campaign": here.service.campaign, **values}
    headers = {"Cache-Control": "no-store"}
    page: Response = _TEMPLATES.TemplateResponse(request, name, values, status_code=status, headers=headers)
    return page


def wants_page(request: Request) -> bool:
    """Tell whether the request comes from a browser, which gets a page rather than JSON."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")
