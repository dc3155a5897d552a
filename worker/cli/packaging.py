"""Write a package of evidence to a file (`footage package`)."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from pipelines.domain.errors import WrongUse
from pipelines.domain.evidence import KINDS, EvidenceList, length
from pipelines.service import Bundle, EvidenceQuery, plain
from worker.cli import show
from worker.cli.looking import open_anywhere
from worker.cli.options import as_json
from worker.cli.writing import unwritable

_BY = "command line"


@click.command()
@click.option("--unit", default="", help="单位 / one unit")
@click.option("--period", default="", help="报送截止日、月份或起止日期 / YYYY-MM-DD, YYYY-MM, YYYY-MM-DD..YYYY-MM-DD")
@click.option("--programme", default="", help="栏目 / programme")
@click.option("--activity", default="", help="活动 / activity")
@click.option("--query", "words", default="", help="文件名、单位、地点、问题里的字词 / words")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="写到哪里，默认当前目录 / file or folder")
@click.option("--dry-run", is_flag=True, help="只看收入什么、没收入什么 / list only")
@as_json
def package(output: Path | None, dry_run: bool, as_json: bool, **said: str) -> None:
    """打一个佐证材料包 / pack evidence with lists, checksums and what was left out."""
    query = EvidenceQuery(**said)
    if not query.address:
        raise WrongUse("no criteria", text="请说明打包什么：--unit、--period、--programme、--activity 或 --query。")
    with open_anywhere() as service:
        found = service.office.evidence.find(query).listed
        path = None
        if not dry_run:
            bundle = service.office.evidence.bundle(query)
            path = _written(bundle, _target(bundle, output))
            service.office.evidence.note_download(bundle, _BY)
    if as_json:
        show.emit(_told(found, path))
    else:
        _print(found, path)


def _target(bundle: Bundle, output: Path | None) -> Path:
    if output is None or output.is_dir():
        return (output or Path()) / bundle.name
    return output


def _written(bundle: Bundle, path: Path) -> Path:
    """Write the archive beside its place and move it there, so that a part is never taken for the whole."""
    part = path.with_name(f".{path.name[:60]}.part")
    try:
        if shutil.disk_usage(path.absolute().parent).free < bundle.size:
            raise WrongUse(f"{path}: no room", code="no-space", text=f"磁盘空间不够：要 {bundle.size / 1e9:.1f} GB。")
        with part.open("wb") as file, show.progress() as bars:
            task = bars.add_task(plain(path.name), total=bundle.size, stage="打包", speed="")
            for piece in bundle.pieces():
                file.write(piece)
                bars.advance(task, len(piece))
        return part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise unwritable(path, error) from error


def _told(found: EvidenceList, path: Path | None) -> dict[str, Any]:
    return {
        "path": str(path) if path else None,
        "items": [{"number": one.number, "path": one.path, "job": one.item.job} for one in found.items],
        "left_out": [{"job": one.item.job, "name": one.item.title, "reason": one.reason} for one in found.left_out],
        "bytes": found.size,
        "units": [{**asdict(one), "seconds": float(one.seconds)} for one in found.totals()],
    }


def _print(found: EvidenceList, path: Path | None) -> None:
    grid = show.columns("单位", KINDS["film"], "时长", KINDS["photo"], "活动")
    for one in found.totals():
        told = (str(one.films), length(one.seconds), str(one.photos))
        grid.add_row(show.cell(one.unit), *told, show.cell("、".join(one.activities)))
    show.out.print(grid)
    if found.left_out:
        show.out.print(f"没有收入的 {len(found.left_out)} 件：", markup=False)
        for left in found.left_out:
            show.out.print(f"  {plain(left.item.title)}：{plain(left.reason)}", markup=False, soft_wrap=True)
    where = f"已写到 {path}" if path else "没有写文件（--dry-run）。"
    show.out.print(f"共 {len(found.items)} 件。{where}", markup=False, soft_wrap=True)
