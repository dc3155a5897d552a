"""Set 整改前 and 整改后 (before and after) side by side, and make a film that wipes between them (`footage pair`)."""

from __future__ import annotations

import click

from worker.app import open_service
from worker.cli import show
from worker.cli.edit import shown
from worker.cli.options import as_json
from worker.settings import load


@click.command()
@click.argument("before")
@click.argument("after")
@as_json
def pair(before: str, after: str, as_json: bool) -> None:
    """把两个任务的照片（或视频封面）并排，并做擦除对比短片 / before and after, side by side."""
    service = open_service(load())
    with show.working("对照") as report:
        job = service.editor.pair(before, after, report)
    shown(service, job, as_json=as_json)
