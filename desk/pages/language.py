"""Switch the pages between Chinese and English."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from desk.auth.signin import check_site, page_within
from desk.language import COOKIE, Language

router = APIRouter(prefix="/language", include_in_schema=False)
_YEAR = 365 * 86_400  # seconds


@router.post("")
def switch(
    request: Request, language: Annotated[Language, Form()], to: Annotated[str, Form(max_length=8000)] = "/"
) -> Response:
    """Keep the language in a cookie, and redirect to the page on which it was chosen."""
    check_site(request)
    answer = RedirectResponse(page_within(to), status_code=303)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, language, max_age=_YEAR, httponly=True, secure=secure, samesite="lax")
    return answer
