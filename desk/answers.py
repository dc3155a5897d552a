"""Answer every error in one form: problem details (RFC 9457) in JSON, or a page for a browser."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk.auth.access import COOKIE, PasswordIsFresh
from desk.complaints import complaint
from desk.context import NoKey
from desk.problems import problem
from desk.shown import show, wants_page
from pipelines.domain.errors import EditedMeanwhile, FootageError, NotAllowed, Outage, TooOften, Transient, UnknownJob
from storage.base import StoreError

_STATUS: tuple[tuple[type[FootageError], int], ...] = (
    (NoKey, 401),
    (NotAllowed, 403),
    (UnknownJob, 404),
    (EditedMeanwhile, 409),
    (TooOften, 429),
    (Transient, 503),
    (FootageError, 422),
)
_AGAIN = "登录已过期，请重新登录。"
_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "60"}, 503: {"Retry-After": "10"}}


def install(app: FastAPI) -> None:
    """Register the error handlers with the application."""
    app.add_exception_handler(FootageError, _ours)
    app.add_exception_handler(StoreError, _away)
    app.add_exception_handler(RequestValidationError, _wrong_request)
    app.add_exception_handler(HTTPException, _wrong_address)
    app.add_exception_handler(Exception, _fault)


def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, FootageError)  # noqa: S101 - registered for this class
    if isinstance(error, PasswordIsFresh) and wants_page(request):
        return RedirectResponse("/account", status_code=303)
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    return _answer(request, status, error.code, error.text)


def _away(request: Request, _error: Exception) -> Response:
    """Answer an outage of the ledger or the store without the error's text, which may hold its address."""
    return _answer(request, 503, Outage.code, Outage.text)


def _wrong_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    return _answer(request, 422, "wrong-use", complaint(error.errors()))


def _wrong_address(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    text = "请求内容读不出来。" if error.status_code == 400 else "没有这个地址或方法。"
    return _answer(request, error.status_code, "wrong-use", text)


def _fault(request: Request, _error: Exception) -> Response:
    """Answer a fault of our own code; the server logs it."""
    return _answer(request, 500, "internal", "网页程序内部错误，操作可能没有完成；请刷新后查看，仍不行请联系管理员。")


def _answer(request: Request, status: int, code: str, text: str) -> Response:
    if wants_page(request):
        page = "signin.html" if status == 401 else "notice.html"
        said = text if status != 401 else _AGAIN if request.cookies.get(COOKIE) else ""
        return show(request, request.app.state.context, page, said=said, status=status)
    return problem(status, code, text, _HEADERS.get(status))
