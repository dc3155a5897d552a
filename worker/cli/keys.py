"""Issue, list and revoke access keys (`footage keys`). A key is shown once; the ledger stores only its digest."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from pipelines.domain.errors import WrongUse
from pipelines.service import SCOPES, Service
from storage.records import Key
from worker.app import open_service
from worker.cli import show
from worker.cli.looking import open_existing
from worker.cli.options import as_json
from worker.settings import load

_DAY_SECONDS = 86_400


@click.group()
def keys() -> None:
    """上传接口和网页的访问密钥 / access keys of the API and the page."""


@keys.command()
@click.argument("label")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(list(SCOPES)), help="可做什么，可多次"
)
@click.option("--unit", default="", help="只限这个单位；不写则不限")
@click.option("--days", type=click.IntRange(1, 3650), help="有效天数；不写则长期有效")
@as_json
def add(label: str, scopes: tuple[str, ...], unit: str, days: int | None, as_json: bool) -> None:
    """发一个密钥，只显示这一次 / issue a key; it is shown this once."""
    seconds = days * _DAY_SECONDS if days else None
    service = open_service(load())
    unit = service.campaign.unit_named(unit)
    token = service.keys.issue(label, scopes, seconds=seconds, unit=unit)
    if as_json:
        show.emit({"key": token, "label": label, "scopes": list(scopes), "unit": unit})
    else:
        show.out.print(token, markup=False)
        show.err.print("请现在保存：密钥不会再次显示。")


@keys.command("list")
@as_json
def listed(as_json: bool) -> None:
    """列出密钥（不含密钥本身）/ the keys, without their secrets."""
    service = open_existing()
    found = service.keys.all()
    zone = service.campaign.zone
    if as_json:
        for key in found:
            said = {"id": key.id, "label": key.label, "scopes": list(key.scopes), "unit": key.unit}
            show.emit({**said, "state": _state(key)})
        return
    grid = show.columns("编号", "用途", "权限", "单位", "发放", "到期", "状态")
    for key in found:
        ends = _day(key.expires, zone) if key.expires else "长期"
        allowed = "、".join(SCOPES.get(scope, scope) for scope in key.scopes)
        unit = show.cell(key.unit or "不限")
        grid.add_row(key.id, show.cell(key.label), allowed, unit, _day(key.created, zone), ends, _STATES[_state(key)])
    show.out.print(grid)


@keys.command()
@click.argument("key")
def revoke(key: str) -> None:
    """作废一个密钥，用它登录的网页随即失效 / refuse a key from now on, and its sessions."""
    if not open_existing().keys.revoke(key):
        raise WrongUse(f"no such key: {key!r}", text=f"没有编号为 {key} 的有效密钥；footage keys list 查看编号。")
    show.err.print("已作废。")


_STATES = {"good": "有效", "expired": "已到期", "revoked": "已作废"}


def _state(key: Key) -> str:
    if key.revoked is not None:
        return "revoked"
    return "expired" if key.expires is not None and key.expires < datetime.now().timestamp() else "good"


def _day(seconds: float, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(seconds, zone):%Y-%m-%d}"


def first_key(folder: Path, service: Service) -> Path | None:
    """Issue a key with every scope if there is no key at all, and return the file that it was written to.

    Only the file's owner can read it. Returns None if there are keys.
    """
    ring = service.keys
    if ring.all():
        return None
    path = folder / "access-key"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(ring.issue("首次启动", list(SCOPES)) + "\n")
    return path
