"""Set 整改前 and 整改后 (before and after) side by side, and make a film that wipes between them (`footage pair`)."""

from __future__ import annotations

import click

from worker.cli import show
from worker.cli.edit import shown
from worker.cli.looking import open_existing, whole_id
from worker.cli.options import as_json


@click.command()
@click.argument("before")
@click.argument("after")
@as_json
def pair(before: str, after: str, as_json: bool) -> None:
    """把两个任务的照片（或视频封面）并排，并做擦除对比短片 / before and after, side by side."""
    service = open_existing()
    with show.working("对照") as report:
        job = service.editor.pair(whole_id(service, before), whole_id(service, after), report)
    shown(service, job, as_json=as_json)
