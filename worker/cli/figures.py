"""Show what was counted of the campaign (`footage figures`)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import cast

import click

from pipelines.domain.errors import WrongUse
from pipelines.domain.figures import DIMENSIONS, MEASURES, Dimension, Measure
from pipelines.service import ChartKind
from worker.cli import show
from worker.cli.looking import open_anywhere
from worker.cli.options import as_json
from worker.cli.writing import write

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--by", default="unit", show_default=True, type=click.Choice(list(DIMENSIONS)), help="按什么分")
@click.option("--unit", default="", help="单位 / one unit")
@click.option("--since", type=_DAY, help="从哪天")
@click.option("--until", type=_DAY, help="到哪天")
@click.option("--chart", "measure", default="films", type=click.Choice(list(MEASURES)), help="画哪一项")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="写成 .svg .pdf .png 图或 .xlsx 表"
)
@as_json
def figures(
    by: str,
    unit: str,
    since: datetime | None,
    until: datetime | None,
    measure: str,
    output: Path | None,
    as_json: bool,
) -> None:
    """活动数字：场次、视频、照片、隐患、及时率 / counts by unit, activity, programme, week or month."""
    first, last = (day.date() if day else None for day in (since, until))
    with open_anywhere() as service:
        tables = service.office.figures
        found = tables.count(cast(Dimension, by), unit=service.campaign.unit_named(unit), first=first, last=last)
        if output:
            kind = output.suffix.lower().removeprefix(".")
            if kind not in {"svg", "pdf", "png", "xlsx"}:
                raise WrongUse(f"{output.suffix!r}", text="文件名以 .svg、.pdf、.png 或 .xlsx 结尾。")
            wanted, days = cast(ChartKind, kind), (first, last)
            chart = kind != "xlsx"
            data = tables.chart(found, cast(Measure, measure), wanted, days) if chart else tables.as_xlsx(found)
            write(output, data)
    if as_json:
        for row in (*found.rows, found.whole):
            show.emit({"name": row.name, **row.values})
        return
    grid = show.columns(DIMENSIONS[found.by], *MEASURES.values())
    for row in (*found.rows, found.whole):
        grid.add_row(show.cell(row.name), *("—" if value is None else f"{value:g}" for value in row.values.values()))
    show.out.print(grid)
