"""Show which reports are due, who has sent them and who has not (`footage due`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from itertools import groupby
from typing import Any

import click

from pipelines.domain.campaign_names import unit_called
from pipelines.service import STANDINGS, Service, Standing, StandingState, reminders
from worker.cli import show
from worker.cli.looking import open_anywhere
from worker.cli.options import as_json


@click.command()
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), help="按哪一天的情况看，默认今天 / as it stood at the end of a day"
)
@click.option("--unit", default="", help="只看一个单位 / one unit")
@click.option("--all", "everything", is_flag=True, help="全部期次，不只是逾期的和七天内的 / every due date")
@click.option("--remind", is_flag=True, help="打印催报文字，可直接发到业务群 / a text for the contacts' group")
@as_json
def due(on: datetime | None, unit: str, everything: bool, remind: bool, as_json: bool) -> None:
    """谁该报、报了没有、缺什么 / who owes which report, and what is missing."""
    with open_anywhere() as service:
        zone = service.campaign.zone
        now = datetime.combine(on.date(), time.max, zone) if on else datetime.now(zone)
        found = service.office.reports.standings(now, service.campaign.unit_id(unit_called(service.campaign, unit)))
        over = not on and service.office.reports.is_over(now.date())
        shown = [one for one in found if everything or (one.is_near(now.date()) and not over)]
        shown.sort(key=lambda one: one.due)  # the units stay in the order of the file
        if as_json:
            for one in shown:
                show.emit(_told(service, one))
        elif remind:
            for _, text in reminders(shown, service.campaign.units):
                show.out.print(text, markup=False)
        else:
            _print(service, shown)


def _told(service: Service, one: Standing) -> dict[str, Any]:
    return {
        "unit": service.campaign.units[one.unit],
        "deadline": one.due.deadline,
        "name": one.due.name,
        "due": one.due.due.isoformat(),
        "period": [one.due.opens.isoformat(), one.due.planned.isoformat()],
        "state": one.state,
        "missing": [*one.lacks],
        "text": one.words,
        "overdue": one.overdue,
        "waiting": one.waiting,
        "paper": one.due.paper,
        "moved": one.due.moved,
    }


def _print(service: Service, shown: Sequence[Standing]) -> None:
    if not shown:
        show.out.print("七天内没有要报的，也没有逾期的。--all 列出全部期次，--on 看某一天的情况。")
        return
    grid = show.columns("截止", "材料", "情况", "说明", "单位")
    for due_date, group in groupby(shown, key=lambda one: one.due):
        day, name = f"{due_date.due:%m-%d}" + ("（顺延）" if due_date.moved else ""), due_date.name
        for (state, words), units in _alike(group):
            every = len(units) == len(service.campaign.units) > 1
            names = "全部单位" if every else "、".join(service.campaign.units[unit] for unit in units)
            told = f"{STANDINGS[state]} {len(units)}"
            grid.add_row(day, show.cell(name), told, show.cell(words), show.cell(names))
            day = name = ""
        grid.add_section()
    show.out.print(grid)


def _alike(group: Iterable[Standing]) -> list[tuple[tuple[StandingState, str], list[str]]]:
    """Return the units of one due date by what is said of them, the worst first."""
    order = ("missing", "partial", "late", "filed", "exempt")
    found: dict[tuple[StandingState, str], list[str]] = {}
    for one in group:
        found.setdefault((one.state, one.words), []).append(one.unit)
    return sorted(found.items(), key=lambda pair: order.index(pair[0][0]))
