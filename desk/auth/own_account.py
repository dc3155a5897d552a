"""Let people change their password and switch one-time codes on and off."""

from __future__ import annotations

from typing import Annotated

import pyotp
import segno
from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from desk.auth.access import key_of
from desk.auth.passwords import complaint_of
from desk.auth.signin import Field, opened, page_within, session_of
from desk.context import Here, RequestContext
from desk.shown import show
from pipelines.domain.errors import NotAllowed
from pipelines.service import ROLES
from storage.records import Account, Key

router = APIRouter(include_in_schema=False)
_LONGEST_SECRET = 64  # characters in base 32
_NO_ACCOUNT = "您是用访问密钥登录的，没有密码可改；需要账号请联系管理员。"


def _session(request: Request, here: Here) -> Key:
    """Return the session of a person, even one that may only change the password. Raises NotAllowed."""
    key = key_of(request, here)
    if not key.account:
        raise NotAllowed(f"key {key.id} has no account", text=_NO_ACCOUNT)
    return key


Session = Annotated[Key, Depends(_session)]


@router.get("/account")
def account(request: Request, here: Here, session: Session) -> Response:
    """Show the account, with the form for a new password."""
    return _page(request, here, session)


@router.post("/account/password")
def change(
    request: Request, here: Here, session: Session, old: Field = "", new: Field = "", again: Field = "", to: Field = "/"
) -> Response:
    """Change the password. Every other session of the account ends."""
    account = _account(here, session)
    if not here.accounts.confirm(account.id, old):
        return _page(request, here, session, said="现在的密码不对；连续输错 5 次，要等 15 分钟再试。", status=403)
    if said := complaint_of(account.name, old, new, again):
        return _page(request, here, session, said=said, status=422)
    here.accounts.set_password(account.id, new)
    here.keys.end_sessions(account.id)
    return opened(request, session_of(here, _account(here, session)), page_within(to))


@router.post("/account/codes")
def set_codes(
    request: Request, here: Here, session: Session, secret: Field = "", code: Field = "", password: Field = ""
) -> Response:
    """Switch one-time codes on once the phone shows a right one, or off with an empty secret; by the password."""
    if not here.accounts.confirm(session.account, password):
        return _page(request, here, session, secret=secret, said="密码不对，动态码没有改动。", status=403)
    if not secret:
        here.accounts.set_secret(session.account, "")
        return RedirectResponse("/account", status_code=303)
    if _account(here, session).two_steps:
        return _page(request, here, session, said="动态码已经开通；要换手机，请先关闭再开通。", status=422)
    if len(secret) > _LONGEST_SECRET or not _is_right(secret, code):
        return _page(request, here, session, said="动态码不对，请重新输入手机上显示的 6 位数字。")
    here.accounts.set_secret(session.account, secret)
    return RedirectResponse("/account", status_code=303)


def _is_right(secret: str, code: str) -> bool:
    try:
        return pyotp.TOTP(secret).verify(code.strip(), valid_window=1)
    except ValueError:  # no base 32
        return False


def _account(here: RequestContext, session: Key) -> Account:
    account = here.accounts.of(session.account)
    if account is None:
        raise NotAllowed(f"account {session.account} is gone")
    return account


def _page(
    request: Request, here: RequestContext, session: Key, *, secret: str = "", said: str = "", status: int = 200
) -> Response:
    account = _account(here, session)
    secret = secret or pyotp.random_base32()
    address = pyotp.TOTP(secret).provisioning_uri(name=account.name, issuer_name=here.service.campaign.campaign.name)
    picture = segno.make(address, error="m").svg_data_uri(scale=5)
    values = {"account": account, "role": ROLES[account.role].name, "secret": secret, "picture": picture, "said": said}
    return show(request, here, "account.html", key=session, status=status, **values)
