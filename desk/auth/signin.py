"""Sign in to the page with an access key; a session is a key of its own that expires after twelve hours."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from desk.auth.access import COOKIE, READ, SESSION_SECONDS, address_of, is_from_elsewhere
from desk.context import Here, NoKey
from desk.shown import show
from pipelines.domain.errors import NotAllowed
from storage.records import Key

router = APIRouter(include_in_schema=False)
_DOORS = {"/signin", "/signout"}
_ONLY_SUBMITS = "这个密钥只能用来上传；查看素材请用管理员发放的查看密钥（--scope read）。"


@router.get("/signin")
def form(request: Request, here: Here) -> Response:
    """Show the form that asks for a key."""
    return show(request, here, "signin.html", said="", to="/")


@router.post("/signin")
async def sign_in(request: Request, here: Here) -> Response:
    """Open a session for a valid key that may read, and redirect to the page that was asked for."""
    _same_site(request)
    body = await request.body()
    to = page_within(_field(body, "to"))
    try:
        key = await run_in_threadpool(here.known, _field(body, "key"), address_of(request))
    except NoKey as error:
        return show(request, here, "signin.html", said=error.text, to=to, status=401)
    if READ not in key.scopes:
        return show(request, here, "signin.html", said=_ONLY_SUBMITS, to=to, status=403)
    session = await run_in_threadpool(_open, here, key)
    answer = RedirectResponse(to, status_code=303)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, session, max_age=SESSION_SECONDS, httponly=True, secure=secure, samesite="lax")
    return answer


def _open(here: Here, key: Key) -> str:
    return here.keys.issue(f"网页登录：{key.label}", key.scopes, seconds=SESSION_SECONDS, parent=key.id)


@router.post("/signout")
def sign_out(request: Request, here: Here) -> Response:
    """End the session in the browser and in the ledger."""
    _same_site(request)
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


def _same_site(request: Request) -> None:
    if is_from_elsewhere(request):
        raise NotAllowed("a form from another site", text="请从本页面登录。")


def _field(body: bytes, name: str) -> str:
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=8)
    except ValueError:
        return ""
    return fields.get(name, [""])[0].strip()
