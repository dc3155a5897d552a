"""The command line. `footage --help` lists the words; each lives in a file of its own."""

from __future__ import annotations

import io
import os
import sys

import click

from pipelines.errors import CampaignInvalid, FootageError, WrongUse
from worker import logs
from worker.cli.campaigns import campaigns
from worker.cli.demo import demo
from worker.cli.doctor import doctor
from worker.cli.keys import keys
from worker.cli.plan import plan
from worker.cli.process import process
from worker.cli.queue import cancel, reprocess, status, submit
from worker.cli.serving import serve, sweep, up, worker
from worker.settings import load


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nanyue-footage")
def commands() -> None:
    """南粤影像：把现场视频和照片做成合规、检验过、可发布的素材。

    Field footage in; compliant, checked, published footage out.
    """
    logs.configure(load().log_level, human=sys.stderr.isatty())


for command in (
    process,
    plan,
    submit,
    status,
    cancel,
    reprocess,
    worker,
    sweep,
    serve,
    up,
    doctor,
    keys,
    campaigns,
    demo,
):
    commands.add_command(command)


def main() -> None:
    """Exit status 0: done; 1: a file was rejected or failed; 2: wrong use. Never a traceback for a known error."""
    os.umask(0o027)  # what we write is for this user and its group
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        commands(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("已中断。", err=True)
        sys.exit(130)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        click.echo(f"用法有误：{error.format_message()}（wrong-use）。footage --help 查看用法。", err=True)
        sys.exit(2)
    except FootageError as error:
        click.echo(f"{error.text}（{error.code}）\n{error.detail}", err=True)
        sys.exit(2 if isinstance(error, WrongUse | CampaignInvalid) else 1)
