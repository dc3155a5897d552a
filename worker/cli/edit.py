"""Make an editor's own cuts, and films for channels, from a publication (`footage edit`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from pipelines.domain.errors import WrongUse
from pipelines.service import Service, parse_listed, parse_stretch
from storage.records import Job
from worker.cli import show
from worker.cli.looking import open_existing, whole_id
from worker.cli.options import as_json

Stretches = tuple[tuple[Any, Any], ...]

_MOST = 4 << 20  # bytes of a cut list; an exported list of a thousand cuts has a tenth of that


@click.command()
@click.argument("job")
@click.option("--cut", "cut", multiple=True, metavar="入点-出点", help="一段精彩片段，如 00:01:05-00:01:20；可多次")
@click.option("--cuts", "cuts_file", type=click.Path(path_type=Path), help="片段文件：.json、.edl 或 .otio")
@click.option("--reel-cut", multiple=True, metavar="入点-出点", help="集锦的一段；可多次，按给出的顺序")
@click.option("--reel", "reel_file", type=click.Path(path_type=Path), help="集锦文件：.json、.edl 或 .otio")
@click.option("--channel", multiple=True, metavar="ID", help="同时制作该渠道的版本；可多次")
@click.option("--by", "editor", default="", metavar="姓名", help="谁决定的，记入清单")
@click.option("--reset", is_flag=True, help="撤销编辑的全部决定，恢复机器的选择")
@as_json
def edit(
    job: str,
    cut: Sequence[str],
    cuts_file: Path | None,
    reel_cut: Sequence[str],
    reel_file: Path | None,
    channel: Sequence[str],
    editor: str,
    reset: bool,
    as_json: bool,
) -> None:
    """以编辑选定的片段重剪，制作各渠道版本，其余不动 / own cuts, and films for channels."""
    service = open_existing()
    job = whole_id(service, job)
    cuts = (*map(parse_stretch, cut), *_read(service, job, cuts_file))
    reel = (*map(parse_stretch, reel_cut), *_read(service, job, reel_file))
    given = bool(cuts or reel or channel)
    if reset == given:
        text = (
            "--reset 不能与其他选择同用。"
            if reset
            else "请用 --cut、--cuts、--reel、--channel 说明要做什么，或用 --reset 撤销。"
        )
        raise WrongUse("nothing to do, or too much", text=text)
    if reset:
        shown(service, service.editor.reset(job), as_json=as_json)
        return
    decision = service.editor.revised(job, cuts=cuts, reel=reel, channels=channel, editor=editor)
    with show.working("剪辑") as report:
        done = service.editor.edit(job, decision, report)
    shown(service, done, as_json=as_json)


def shown(service: Service, job: Job, *, as_json: bool) -> None:
    """Print the current outputs and findings of a job."""
    result = show.result(service, job, service.outputs([job])[job.id], job.name, None)
    show.emit(result) if as_json else show.table([result])


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
        if len(data) > _MOST:
            raise WrongUse(f"{path}: over {_MOST} bytes", text=f"剪辑单超过 {_MOST >> 20} MB：{path}")
        return data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"{path}: {error}", text=f"无法读取文件：{path}") from error


def _read(service: Service, job: str, path: Path | None) -> Stretches:
    if path is None:
        return ()
    kind = path.suffix.lower()
    if kind not in {".edl", ".otio", ".json"}:
        raise WrongUse(f"{path}: unknown kind", text=f"剪辑单只能是 .edl、.otio 或 .json 文件：{path}")
    text = _text(path)
    if kind in {".edl", ".otio"}:
        return service.editor.stretches(job, text, "edl" if kind == ".edl" else "otio")
    try:
        return parse_listed(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise WrongUse(f"{path}: {error}", text=f"不是有效的 JSON 文件：{path}") from error
