"""Remove replaced editions from the store (`footage prune`)."""

from __future__ import annotations

import time

import click

from worker.cli import show
from worker.cli.looking import open_existing
from worker.cli.options import as_json

_DAY = 86_400  # seconds


@click.command()
@click.option("--days", default=30, show_default=True, type=click.IntRange(0, 36_500), help="任务几天没有变动的才清理")
@click.option("--dry-run", is_flag=True, help="只列出，不执行")
@as_json
def prune(days: int, dry_run: bool, as_json: bool) -> None:
    """清理已被替换或撤销的编辑版本；成品和原件不动 / remove replaced editions."""
    editor, count, size = open_existing().editor, 0, 0
    for found in editor.replaced(time.time() - days * _DAY):
        if not dry_run and not editor.prune(found):
            continue
        count, size = count + 1, size + found.size
        if as_json:
            told = {"job": found.job, "manifest": found.manifest, "files": found.files, "size": found.size}
            show.emit({**told, "dry_run": dry_run})
        else:
            show.out.print(
                f"{found.job}  {found.files} 个文件  {found.size / 1e6:.1f} MB  {found.manifest}", markup=False
            )
    if not as_json:
        show.out.print(f"{'将清理' if dry_run else '已清理'} {count} 个编辑版本，共 {size / 1e6:.1f} MB。")
