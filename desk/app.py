"""Assemble the desk, the portal's API and the publicity team's page, from FastAPI and Jinja2 without a build step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.staticfiles import StaticFiles
from starlette.middleware.sessions import SessionMiddleware

from desk import answers
from desk.api import incoming, progress, submissions
from desk.auth import elsewhere, own_account, signin, users
from desk.context import RequestContext
from desk.downloads import files, packages
from desk.identity import Provider, RelyingParty
from desk.limits import Pace, SmallBodies
from desk.ops import batches, board, metrics
from desk.ops.health import Watch
from desk.pages import (
    calendar,
    captions,
    cuts,
    evidence,
    figures,
    grid,
    hazards,
    item,
    language,
    reports,
    reviews,
    searches,
)
from desk.uploads import page, tus
from desk.uploads.partial import forget_abandoned
from pipelines.service import Service

_HERE = Path(__file__).parent
_BETWEEN, _SIGNING_IN = "footage_signin", 600  # the cookie between both halves of a sign-in elsewhere; seconds
_PARTS = (
    submissions,
    progress,
    incoming,
    tus,
    page,
    files,
    packages,
    metrics,
    board,
    batches,
    grid,
    searches,
    item,
    reviews,
    cuts,
    captions,
    language,
    reports,
    evidence,
    hazards,
    figures,
    calendar,
    signin,
    elsewhere,
    own_account,
    users,
)
ROUTERS = tuple(part.router for part in _PARTS)  # a test asks every route of these for another unit's items


def make_app(
    service: Service, uploads: Path, max_upload: int, a_minute: int, provider: Provider | None = None
) -> FastAPI:
    """Return the desk's application.

    `uploads`: the folder for files that are being uploaded; `max_upload`: bytes of one upload at most; `a_minute`:
    requests per minute that one access key may make; `provider`: says who people are, beside their passwords.
    """
    uploads.mkdir(parents=True, exist_ok=True)
    forget_abandoned(uploads)
    app = FastAPI(title="nanyue-footage", version="1", docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.context = RequestContext(
        service, uploads, max_upload, Pace(a_minute), RelyingParty(provider) if provider else None
    )
    app.state.watch = Watch(service.monitor)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", GZipMiddleware(StaticFiles(directory=_HERE / "static"), minimum_size=1000), name="static")
    answers.install(app)
    app.middleware("http")(_guard(_headers(service.handing_out.media_origin())))
    app.add_middleware(SmallBodies)
    if provider:
        app.add_middleware(
            SessionMiddleware,
            secret_key=provider.session_secret,
            session_cookie=_BETWEEN,
            max_age=_SIGNING_IN,
            path="/signin",
        )
    return app


def _headers(elsewhere: str) -> dict[str, str]:
    """Return the security headers of every response.

    They allow scripts from the desk alone and none inside a page, no framing, and no content except from the desk
    itself and `elsewhere`, the object store.
    """
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        f"img-src 'self' data: {elsewhere}".rstrip(),
        f"media-src 'self' {elsewhere}".rstrip(),
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def _guard(headers: dict[str, str]) -> Callable[..., Awaitable[Response]]:
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        # Publications are for signed-in users only, so no proxy may keep them.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return guard
