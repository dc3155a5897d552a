"""Show how a file would be processed, and why, without rendering anything (`footage plan`)."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Unpack

import click
from pydantic import TypeAdapter

from pipelines.domain.model import VideoPlan
from pipelines.service import Preview, plain
from worker.cli import show
from worker.cli.looking import open_anywhere
from worker.cli.options import Described, as_json, described, submission
from worker.cli.plan_words import facts_lines, plan_lines
from worker.cli.process import missing, unsubmitted

_PREVIEW: TypeAdapter[Preview] = TypeAdapter(Preview)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, readable=False))
@described
@as_json
def plan(file: Path, as_json: bool, **said: Unpack[Described]) -> None:
    """显示处理方案和 ffmpeg 参数，不做处理 / print the plan and ffmpeg's arguments."""
    unreadable = missing(file)
    if unreadable:
        show.emit(unsubmitted(file, "rejected", [unreadable])) if as_json else click.echo(unreadable.text, err=True)
        sys.exit(1)
    with open_anywhere() as service:
        preview = service.preview(file, submission(service, file.name, said))
    if as_json:
        show.emit({"file": str(file), **_PREVIEW.dump_python(preview, mode="json")})
    else:
        _print(preview)
    sys.exit(0 if preview.plan else 1)


def _print(preview: Preview) -> None:
    for finding in preview.findings:
        show.out.print(f"· {plain(finding.text)}（{finding.code}）", markup=False)
    for reason in preview.plan.why if isinstance(preview.plan, VideoPlan) else ():
        show.out.print(f"→ {plain(reason)}", markup=False)
    for line in (*facts_lines(preview.facts), *plan_lines(preview.plan)):
        show.out.print(line, markup=False)
    if preview.arguments:
        show.out.print(shlex.join(preview.arguments), markup=False)
