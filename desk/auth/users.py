"""Let operators add accounts, issue new first passwords, and close accounts."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from desk.auth.access import Operating
from desk.auth.signin import Field
from desk.context import Here, RequestContext
from desk.shown import show
from pipelines.domain.errors import WrongUse
from pipelines.service import ROLES
from storage.records import Account, Key

router = APIRouter(prefix="/users", include_in_schema=False)


@router.get("")
def users(request: Request, here: Here, key: Operating) -> Response:
    """Show every account."""
    return _page(request, here, key)


@router.post("")
def add(request: Request, here: Here, key: Operating, name: Field = "", role: Field = "", unit: Field = "") -> Response:
    """Add an account, and show its first password this once."""
    try:
        account, password = here.service.people.add(name, role, unit)
    except WrongUse as error:
        return _page(request, here, key, said=error.text, status=422)
    return _page(request, here, key, issued=(account, password))


@router.post("/{account}/password")
def reset(request: Request, here: Here, key: Operating, account: str) -> Response:
    """Issue a new first password, end the account's sessions and its one-time codes."""
    return _page(request, here, key, issued=here.service.people.reset(account))


@router.post("/{account}/close")
def close(here: Here, key: Operating, account: str) -> Response:
    """Close an account; its own operator can't."""
    if account == key.account:
        raise WrongUse("an operator closes himself out", text="不能停用自己正在使用的账号。")
    here.service.people.close(account)
    return RedirectResponse("/users", status_code=303)


def _page(
    request: Request,
    here: RequestContext,
    key: Key,
    *,
    issued: tuple[Account, str] | None = None,
    said: str = "",
    status: int = 200,
) -> Response:
    values = {"accounts": here.accounts.all(), "roles": ROLES, "issued": issued, "said": said}
    return show(request, here, "users.html", key=key, status=status, **values)
