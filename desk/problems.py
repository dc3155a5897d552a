"""State what went wrong as RFC 9457 problem details: a title in English, what to do in Chinese, and a code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from starlette.responses import JSONResponse

from pipelines.domain.errors import FootageError

PAGE = "/problems"


def problem(status: int, code: str, text: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the answer `application/problem+json`.

    `type` is the place on a page of this desk that explains `code`; `about:blank` of a code that `detail` explains.
    """
    body = {
        "type": f"{PAGE}#{code}" if code in known() else "about:blank",
        "title": title_of(code),
        "status": status,
        "detail": text,
        "code": code,
    }
    return JSONResponse(body, status_code=status, headers=headers, media_type="application/problem+json")


def title_of(code: str) -> str:
    """Return a code as English words."""
    return code.replace("-", " ").capitalize()


@cache
def known() -> dict[str, str]:
    """Return what each code of the error tree means, in Chinese, by code."""
    return {kind.code: kind.text for kind in sorted(_tree(FootageError), key=lambda kind: kind.code)}


def _tree(kind: type[FootageError]) -> Iterator[type[FootageError]]:
    yield kind
    for further in kind.__subclasses__():
        yield from _tree(further)
