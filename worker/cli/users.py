"""Add, list, reset and close the accounts of people (`footage users`). A first password is shown once."""

from __future__ import annotations

from datetime import datetime

import click

from pipelines.service import ROLES, Service
from storage.records import Account
from worker.app import open_service
from worker.cli import show
from worker.cli.looking import open_existing
from worker.cli.options import as_json
from worker.settings import load

_FIRST = "管理员"  # the name of the first account


@click.group()
def users() -> None:
    """网页的账号 / people's accounts for the pages."""


@users.command()
@click.argument("name")
@click.option(
    "--role",
    required=True,
    type=click.Choice(list(ROLES)),
    help="角色：" + "、".join(f"{code} {role.name}" for code, role in ROLES.items()),
)
@click.option("--unit", default="", help="单位；填报单位必写，其他角色不写可看全县")
@as_json
def add(name: str, role: str, unit: str, as_json: bool) -> None:
    """新建账号，初始密码只显示这一次 / add an account; its first password is shown this once."""
    _issued(*open_service(load()).people.add(name, role, unit), as_json=as_json)


@users.command("list")
@as_json
def listed(as_json: bool) -> None:
    """列出账号 / the accounts."""
    service = open_existing()
    zone = service.campaign.zone
    found = service.people.accounts.all()
    if as_json:
        for account in found:
            show.emit({"name": account.name, "role": account.role, "unit": account.unit, "state": _state(account)})
        return
    grid = show.columns("姓名", "角色", "单位", "建立", "状态")
    for account in found:
        made = f"{datetime.fromtimestamp(account.created, zone):%Y-%m-%d}"
        role = ROLES[account.role].name if account.role in ROLES else account.role
        grid.add_row(show.cell(account.name), role, show.cell(account.unit or "全县"), made, _STATES[_state(account)])
    show.out.print(grid)


@users.command()
@click.argument("name")
@as_json
def reset(name: str, as_json: bool) -> None:
    """发新的初始密码，并关闭动态码 / issue a new first password, and end one-time codes."""
    _issued(*open_existing().people.reset(name), as_json=as_json)


@users.command()
@click.argument("name")
def close(name: str) -> None:
    """停用账号，登录随即失效 / close an account; its sessions end."""
    open_existing().people.close(name)
    show.err.print("已停用。")


_STATES = {"fresh": "未改初始密码", "good": "正常", "closed": "已停用"}


def _state(account: Account) -> str:
    if account.closed is not None:
        return "closed"
    return "fresh" if account.fresh else "good"


def _issued(account: Account, password: str, *, as_json: bool) -> None:
    if as_json:
        show.emit({"name": account.name, "role": account.role, "unit": account.unit, "password": password})
        return
    show.out.print(password, markup=False)
    show.err.print("这是初始密码，只显示这一次；本人首次登录时要改掉。")


def first_account(service: Service) -> tuple[str, str] | None:
    """Add an operator's account if there is no account at all; return its name and first password, else None."""
    if service.people.accounts.all():
        return None
    account, password = service.people.add(_FIRST, "operator")
    return account.name, password
