"""Sign in to the pages by an account, or with an access key. A session is a key of its own that expires after 12 hours.

An account whose password is still the one that was issued gets a session without scopes, in which it can only change
the password.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from desk.auth.access import COOKIE, READ, SESSION_SECONDS, address_of, is_from_elsewhere
from desk.context import Here, NoKey, RequestContext
from desk.shown import show
from pipelines.domain.errors import FootageError, NotAllowed, Outage
from pipelines.service import ROLES
from storage.records import Account

router = APIRouter(include_in_schema=False)
_DOORS = {"/signin", "/signout"}
_WRONG = "姓名、密码或动态码不对。连续输错 5 次，要等 15 分钟再试；忘记密码请联系管理员。"
_ONLY_SUBMITS = "这个密钥只能用来上传；查看素材请用管理员发放的账号，或查看密钥（--scope read）。"
Field = Annotated[str, Form(max_length=400)]


@router.get("/signin")
def form(request: Request, here: Here) -> Response:
    """Show the form."""
    return show(request, here, "signin.html", said="", to="/")


@router.post("/signin")
def sign_in(
    request: Request,
    here: Here,
    name: Field = "",
    password: Field = "",
    code: Field = "",
    key: Field = "",
    to: Annotated[str, Form(max_length=4000)] = "/",
) -> Response:
    """Open a session for an account or a key that may read, and redirect to the page that was asked for."""
    check_site(request)
    to = page_within(to)
    try:
        session = _by_key(here, key, address_of(request)) if key else _by_name(here, request, name, password, code)
    except NotAllowed as error:
        return refused(request, here, error, to, name)
    return opened(request, session, to)


def opened(request: Request, session: str, to: str) -> Response:
    """Redirect to a page with the cookie of a session."""
    answer = RedirectResponse(to, status_code=303)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, session, max_age=SESSION_SECONDS, httponly=True, secure=secure, samesite="lax")
    return answer


def refused(request: Request, here: RequestContext, error: FootageError, to: str, name: str = "") -> Response:
    """Show the form again, with the reason."""
    status = 401 if isinstance(error, NoKey) else 503 if isinstance(error, Outage) else 403
    return show(request, here, "signin.html", said=error.text, to=to, who=name, status=status)


def _by_key(here: RequestContext, token: str, address: str) -> str:
    key = here.known(token.strip(), address)
    if READ not in key.scopes:
        raise NotAllowed(f"key {key.id} may not read", text=_ONLY_SUBMITS)
    label = f"网页登录：{key.label}"
    return here.keys.issue(label, key.scopes, seconds=SESSION_SECONDS, parent=key.id, unit=key.unit)


def _by_name(here: RequestContext, request: Request, name: str, password: str, code: str) -> str:
    here.pace.guard(address_of(request), "password")
    account = here.accounts.admit(name.strip(), password, code.strip())
    if account is None:
        here.pace.miss(address_of(request), "password")
        raise NoKey(f"no account for {len(name)} characters", text=_WRONG)
    return session_of(here, account)


def session_of(here: RequestContext, account: Account, *, proved: bool = False) -> str:
    """Open a session of an account and return its token.

    `proved`: the identity provider has said who it is, so that a first password need not be changed before.
    """
    role = ROLES.get(account.role)
    scopes = role.scopes if role and (proved or not account.fresh) else ()
    return here.keys.issue(account.name, scopes, seconds=SESSION_SECONDS, account=account.id, unit=account.unit)


@router.post("/signout")
def sign_out(request: Request, here: Here) -> Response:
    """End the session in the browser and in the ledger."""
    check_site(request)
    session = here.keys.find(request.cookies.get(COOKIE, ""))
    if session:
        here.keys.revoke(session.id)
    answer = RedirectResponse("/signin", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


def page_within(address: str) -> str:
    """Return the address if it is a page of this desk, else the first page: a form may name any other site."""
    if not address.startswith("/") or address.startswith("//") or "\\" in address:
        return "/"
    return "/" if urlsplit(address).path in _DOORS else address


def check_site(request: Request) -> None:
    """Raise NotAllowed where another site made a browser send this form."""
    if is_from_elsewhere(request):
        raise NotAllowed("a form from another site", text="请从本页面提交。")
