"""Define the options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from pipelines.domain.model import Submission
from pipelines.service import Service

Command = Callable[..., Any]

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


def submission(service: Service, name: str, said: dict[str, Any]) -> Submission:
    """Return the Submission of one file from the values of the options of `described`. Raises WrongUse."""
    day: datetime | None = said["date"]
    return service.submission(name, **{**said, "date": day.date() if day else None, "side": said["side"] or ""})
