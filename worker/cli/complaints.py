"""Word the errors of the command line's parser (click) in Chinese."""

from __future__ import annotations

import click
from click import types


def complaint(error: click.ClickException) -> str:
    """Return what is wrong with a command line, and how the value is to be written where that is known."""
    match error:
        case click.NoSuchOption():
            return f"没有选项 {error.option_name}"
        case click.exceptions.NoSuchCommand():
            return f"没有命令 {error.command_name}"
        case click.MissingParameter():
            return f"缺少{_name(error.param)}{_wanted(error.param)}"
        case click.BadParameter():
            return f"{_name(error.param)} 的值不对{_wanted(error.param)}"
        case click.BadOptionUsage():
            return f"选项 {error.option_name} 后面要写一个值，或不应写值"
        case _:
            return "参数多了，或写法不对"


def _name(parameter: click.Parameter | None) -> str:
    if isinstance(parameter, click.Option):
        return f"选项 {max(parameter.opts, key=len)}"
    return f"参数 {parameter.make_metavar(click.Context(click.Command('footage')))}" if parameter else "参数"


def _wanted(parameter: click.Parameter | None) -> str:
    """Return how this parameter's value is written, as the second half of a sentence; empty for plain text."""
    match parameter.type if parameter else None:
        case types.Choice(choices=choices):
            return f"，可写：{'、'.join(map(str, choices))}"
        case types.IntRange(min=least, max=most):
            return f"，请写 {least} 到 {most} 的整数"
        case types.DateTime():
            return "，日期请写成 YYYY-MM-DD"
        case _:
            return ""
