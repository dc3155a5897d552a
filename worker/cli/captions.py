"""Render previews of the campaign's caption templates in each channel's frame (`footage captions`)."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from pipelines.domain.errors import WrongUse
from worker.cli import show
from worker.cli.looking import open_anywhere
from worker.cli.options import Described, as_json, described, submission


@click.command()
@described
@click.option("--channel", multiple=True, metavar="ID", help="只看这些渠道；缺省全部")
@click.option("--over", type=click.Path(path_type=Path), help="垫在下面的图片；缺省为灰底")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("captions"), show_default=True, help="存放的文件夹"
)
@as_json
def captions(channel: tuple[str, ...], over: Path | None, out: Path, as_json: bool, **said: Unpack[Described]) -> None:
    """预览字幕模板，每个渠道每个模板一张图 / one picture a template and channel."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        if over:
            over.open("rb").close()
    except OSError as error:
        raise WrongUse(f"--out, --over: {error}", text=f"无法读写：{error.filename}") from error
    with open_anywhere() as service:
        for made in service.editor.proofs(submission(service, "", said), channel, out, over):
            if as_json:
                show.emit(made)
            else:
                note = "" if made["whole"] else "（字幕过长，末尾已省略）"
                show.out.print(f"{made['channel']} · {made['template']} → {made['path']}{note}", markup=False)
