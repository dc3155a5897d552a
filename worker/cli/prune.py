"""Remove replaced editions and publications from the store (`footage prune`)."""

from __future__ import annotations

import time
from collections.abc import Iterable

import click

from pipelines.service import OldPublication, Replaced, Service
from worker.cli import show
from worker.cli.looking import open_existing
from worker.cli.options import as_json

_DAY = 86_400  # seconds


@click.command()
@click.option("--days", default=30, show_default=True, type=click.IntRange(0, 36_500), help="任务几天没有变动的才清理")
@click.option("--dry-run", is_flag=True, help="只列出，不执行")
@as_json
def prune(days: int, dry_run: bool, as_json: bool) -> None:
    """清理已被替换或撤销的编辑版本，和成批重做替换下来的旧成品 / remove what was replaced."""
    service, count, size = open_existing(), 0, 0
    before = time.time() - days * _DAY
    found: Iterable[Replaced | OldPublication] = (*service.editor.replaced(before), *service.batches.replaced(before))
    for one in found:
        if not dry_run and not _removed(service, one):
            continue
        count, size = count + 1, size + one.size
        if as_json:
            told = {"job": one.job, "manifest": one.manifest, "files": one.files, "size": one.size}
            show.emit({**told, "dry_run": dry_run})
        else:
            show.out.print(f"{one.job}  {one.files} 个文件  {one.size / 1e6:.1f} MB  {one.manifest}", markup=False)
    if not as_json:
        show.out.print(f"{'将清理' if dry_run else '已清理'} {count} 个旧版本，共 {size / 1e6:.1f} MB。")


def _removed(service: Service, found: Replaced | OldPublication) -> bool:
    return service.batches.prune(found) if isinstance(found, OldPublication) else service.editor.prune(found)
