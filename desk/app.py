"""The portal's API and the publicity team's page. FastAPI, Jinja2, no build step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from desk import api, pages
from desk.context import Context
from pipelines.errors import FootageError, Transient, UnknownJob
from pipelines.service import Service

_HERE = Path(__file__).parent
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; media-src * blob:; img-src * data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def make_app(service: Service, uploads: Path, max_upload: int) -> FastAPI:
    """The whole site. `uploads`: where bytes arrive before they are an original; `max_upload` bytes."""
    uploads.mkdir(parents=True, exist_ok=True)
    app = FastAPI(title="nanyue-footage", version="1", docs_url=None, redoc_url=None)
    app.state.context = Context(service, uploads, max_upload)
    app.include_router(api.router)
    app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    app.add_exception_handler(FootageError, _answer)
    app.add_exception_handler(RequestValidationError, _wrong_request)
    app.add_exception_handler(HTTPException, _wrong_address)
    app.middleware("http")(_guard)
    return app


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _wrong_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    fields = "、".join(".".join(map(str, problem["loc"][1:])) or "body" for problem in error.errors())
    return JSONResponse({"code": "wrong-use", "text": f"请求内容有误：{fields}。"}, status_code=422)


def _wrong_address(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    return JSONResponse({"code": "wrong-use", "text": "没有这个地址或方法。"}, status_code=error.status_code)


def _answer(_request: Request, error: Exception) -> JSONResponse:
    """One shape for every error: a sentence in Chinese, a code in English."""
    assert isinstance(error, FootageError)  # noqa: S101 - registered for this class
    status = 404 if isinstance(error, UnknownJob) else 503 if isinstance(error, Transient) else 422
    return JSONResponse({"code": error.code, "text": error.text}, status_code=status)
