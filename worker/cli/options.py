"""Define the options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypedDict

import click

from pipelines.domain.model import Submission
from pipelines.service import Service

Command = Callable[..., Any]


class Described(TypedDict):
    """The values of the options of `described`, as click passes them."""

    programme: str
    unit: str
    activity: str
    place: str
    date: datetime | None
    pair: str
    side: str | None


as_json = click.option("--json", "as_json", is_flag=True, help="一行一个 JSON 对象 / machine-readable")


def described(command: Command) -> Command:
    """Add the options that describe the submitted files to a command."""
    for option in reversed(
        (
            click.option("--programme", default="", help="栏目编号"),
            click.option("--unit", default="", help="报送单位"),
            click.option("--activity", default="", help="活动编号"),
            click.option("--place", default="", help="拍摄地点"),
            click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="拍摄日期 YYYY-MM-DD"),
            click.option("--pair", default="", help="整改对照的编号：同一编号的两次上传会并排对照"),
            click.option("--side", type=click.Choice(["before", "after"]), help="整改前 before / 整改后 after"),
        )
    ):
        command = option(command)
    return command


def submission(service: Service, name: str, said: Described) -> Submission:
    """Return the Submission of one file from the values of the options of `described`. Raises WrongUse."""
    return service.submission(
        name,
        said["programme"],
        unit=said["unit"],
        activity=said["activity"],
        place=said["place"],
        date=said["date"].date() if said["date"] else None,
        pair=said["pair"],
        side=said["side"] or "",
    )
