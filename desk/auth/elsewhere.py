"""Sign in with an account of the county's identity provider (ADR 0027).

The provider says who somebody is. What that person may do is in the account of that name, which an operator has added.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from desk.auth.access import address_of
from desk.auth.signin import opened, page_within, refused, session_of
from desk.context import Here, RequestContext
from desk.identity import RelyingParty
from pipelines.domain.errors import FootageError, NotAllowed, UnknownJob

router = APIRouter(prefix="/signin/oidc", include_in_schema=False)
_UNKNOWN = "您的统一账号在本系统还没有开通，请联系管理员。"
_PAGE, _LONGEST = "footage_page", 1500  # characters of an address: a cookie holds 4096 bytes


@router.get("")
async def ask(request: Request, here: Here, to: str = "/") -> Response:
    """Redirect to the provider."""
    identity = _identity(here)
    try:
        answer = await identity.ask(request, str(request.url_for("answered")))
    except FootageError as error:
        return await run_in_threadpool(refused, request, here, error, page_within(to))
    request.session[_PAGE] = page_within(to) if len(to) <= _LONGEST else "/"
    return answer


@router.get("/back")
async def answered(request: Request, here: Here) -> Response:
    """Open a session for the account that the provider's answer names."""
    identity = _identity(here)
    to = page_within(request.session.pop(_PAGE, "/"))
    try:
        name = await identity.name(request)
        session = await run_in_threadpool(_session, here, address_of(request), name)
    except FootageError as error:
        return await run_in_threadpool(refused, request, here, error, to)
    return opened(request, session, to)


def _session(here: RequestContext, address: str, name: str) -> str:
    here.pace.guard(address, "password")
    account = here.accounts.named(name.strip())
    if account is None or account.closed is not None:
        here.pace.miss(address, "password")
        raise NotAllowed(f"no account for {len(name)} characters", text=_UNKNOWN)
    return session_of(here, account, proved=True)


def _identity(here: RequestContext) -> RelyingParty:
    if here.identity is None:
        raise UnknownJob("no identity provider is set")
    return here.identity
