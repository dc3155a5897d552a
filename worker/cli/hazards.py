"""List, import and export hazards and the measures against them (`footage hazards`)."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from pipelines.domain.hazards import HAZARD_STATES, words_of
from pipelines.domain.sheet_cells import told
from pipelines.service import SheetInvalid, plain
from worker.app import open_house
from worker.cli import show
from worker.cli.looking import open_anywhere
from worker.cli.options import as_json
from worker.cli.writing import write
from worker.settings import load

_BY, _SHOWN = "command line", 100


@click.group()
def hazards() -> None:
    """两个清单：隐患和整改措施 / the lists of hazards and measures."""


@hazards.command("list")
@click.option("--unit", default="", help="单位 / one unit")
@click.option("--state", default="", type=click.Choice(["", *HAZARD_STATES]), help="整改情况 / state")
@click.option("--overdue", is_flag=True, help="只看逾期的 / overdue only")
@as_json
def list_(unit: str, state: str, overdue: bool, as_json: bool) -> None:
    """列出隐患 / list hazards."""
    with open_anywhere() as service:
        lists = service.office.hazards
        found, today = lists.find(unit, state, overdue=overdue), lists.today
    if as_json:
        for one in found:
            days = {name: str(getattr(one.hazard, name) or "") for name in ("found", "deadline", "done")}
            show.emit({"id": one.id, **asdict(one.hazard), **days, "text_of_deadline": words_of(one.hazard, today)})
        return
    grid = show.columns("编号", "单位", "隐患情况", "期限", "情况", "提示")
    for one in found:
        hazard = one.hazard
        cells = (hazard.number, hazard.unit, hazard.text, str(hazard.deadline or ""), HAZARD_STATES[hazard.state])
        grid.add_row(*map(show.cell, (*cells, words_of(hazard, today))))
    show.out.print(grid)


@hazards.command("import")
@click.argument("sheet", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--dry-run", is_flag=True, help="只检查，不导入 / check alone")
@as_json
def import_(sheet: Path, dry_run: bool, as_json: bool) -> None:
    """导入清单；有一处写错就一条也不导入 / import a list, all of it or nothing."""
    lists = open_house(load()).service.office.hazards
    try:
        rows = lists.read(sheet)
    except SheetInvalid as error:
        _tell(error, as_json=as_json)
        raise
    new, changed = (0, 0) if dry_run else lists.put(rows, _BY)
    if as_json:
        show.emit({"rows": len(rows), "new": new, "changed": changed, "dry_run": dry_run})
    else:
        done = "没有导入（--dry-run）。" if dry_run else f"新增 {new} 条，更新 {changed} 条。"
        show.out.print(f"清单 {len(rows)} 行没有错误；{done}")


def _tell(error: SheetInvalid, *, as_json: bool) -> None:
    if as_json:
        for one in error.errors:
            show.emit(asdict(one))
        return
    for sentence in [*told(error.errors)][:_SHOWN]:
        show.err.print(plain(sentence), markup=False, soft_wrap=True)


@hazards.command("export")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="写到哪个文件")
@click.option("--unit", default="", help="单位 / one unit")
def export(output: Path, unit: str) -> None:
    """导出两个清单为 XLSX，改好可再导入 / write both lists as XLSX."""
    with open_anywhere() as service:
        lists = service.office.hazards
        found = lists.find(unit)
        data = lists.as_xlsx(found)
    write(output, data)
    show.out.print(f"{len(found)} 条，已写到 {output}", markup=False, soft_wrap=True)
