"""Check campaign files (`footage campaigns`)."""

from __future__ import annotations

import click

from worker.app import load_campaign
from worker.cli import show
from worker.cli.options import as_json
from worker.settings import load


@click.group()
def campaigns() -> None:
    """活动配置文件 / campaign files."""


@campaigns.command()
@click.argument("files", nargs=-1)
@as_json
def check(files: tuple[str, ...], as_json: bool) -> None:
    """检查活动配置文件；不写文件名则检查当前活动 / check campaign files, or the current one."""
    for name in files or (load().campaign,):
        campaign = load_campaign(name)
        counts = {
            part: len(getattr(campaign, part))
            for part in ("windows", "profiles", "programmes", "activities", "deadlines", "units")
        }
        if as_json:
            show.emit({"file": name, "id": campaign.campaign.id, "name": campaign.campaign.name, **counts})
        else:
            listed = "、".join(f"{part} {count}" for part, count in counts.items())
            show.out.print(f"✓ {campaign.campaign.name}（{name}）：{listed}", markup=False)
