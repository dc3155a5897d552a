"""Render pages for a browser."""

from __future__ import annotations

import gzip
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.templating import Jinja2Templates
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.responses import Response

from desk.context import RequestContext
from desk.language import counted, speaking, tag, translated, written
from pipelines.service import plain, short

_TEMPLATES = Jinja2Templates(Path(__file__).parent / "templates")


def show(request: Request, here: RequestContext, name: str, *, status: int = 200, **values: Any) -> Response:
    """Render a page that may not be cached, in the language of the request.

    `key`: of the person who reads it, where there is one. `to`: the page to return to once the language is switched.
    """
    values = {
        "campaign": here.service.campaign,
        "elsewhere": here.identity is not None,
        "key": None,
        "now": time.time(),
        "to": _address(request),
        **values,
    }
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    with speaking(request):
        values["language"] = tag()
        page: Response = _TEMPLATES.TemplateResponse(request, name, values, status_code=status, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        page.body = gzip.compress(page.body, compresslevel=4)
        page.headers["Content-Encoding"], page.headers["Content-Length"] = "gzip", str(len(page.body))
    return page


def _address(request: Request) -> str:
    """Return the page's own address; the first page's where it answers a form, which is not sent twice."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{request.url.path}{query}" if request.method == "GET" else "/"


def wants_page(request: Request) -> bool:
    """Tell whether the request comes from a browser, which gets a page rather than JSON."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def timecode(seconds: float) -> str:
    """Return a time in a film as `M:SS.s`."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"


def lines(text: str) -> Markup:
    """Return a text of several lines, safe to show, with its line breaks."""
    return Markup("<br>").join(escape(plain(line)) for line in text.splitlines())


def names(table: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the ids and names of one of a campaign's tables."""
    return [(code, entry.name) for code, entry in table.items()]


@pass_context
def moment(values: Context, seconds: float) -> str:
    """Return a time since 1970 as day and time in the campaign's zone."""
    return f"{datetime.fromtimestamp(seconds, values['campaign'].zone):%Y-%m-%d %H:%M}"


_TEMPLATES.env.filters |= {"plain": plain, "short": short, "timecode": timecode, "lines": lines}
# A word that comes from a table or an error is worded by the filter: what `_` returns is not escaped.
_TEMPLATES.env.filters |= {"moment": moment, "names": names, "worded": translated}
_TEMPLATES.env.add_extension("jinja2.ext.i18n")
_TEMPLATES.env.install_gettext_callables(written, counted, newstyle=True)  # type: ignore[attr-defined]
# The extension wraps both in functions that find the context and escape again: `written` does all that is needed.
_TEMPLATES.env.globals |= {"_": written, "gettext": written, "ngettext": counted}
