"""Define the command line `footage`, whose commands are loaded on demand from modules of their own."""

from __future__ import annotations

import atexit
import errno
import gc
import io
import os
import sys
import threading
from contextlib import suppress
from importlib import import_module
from keyword import iskeyword
from types import ModuleType
from typing import NoReturn

import click

from pipelines.domain.errors import CampaignInvalid, FootageError, NoSpace, UnknownJob, WrongUse
from worker import logs
from worker.settings import load

# The module of each command. It is loaded when the command is called: importing all of them would cost start-up time.
_WORDS = {
    "process": "process",
    "plan": "plan",
    "submit": "queue",
    "import": "importing",
    "watch": "shared_folder",
    "status": "queue",
    "cuts": "cuts",
    "edit": "edit",
    "pair": "pair",
    "captions": "captions",
    "cancel": "queue",
    "retry": "queue",
    "release": "queue",
    "reprocess": "queue",
    "batch": "batch",
    "prune": "prune",
    "worker": "serving",
    "sweep": "serving",
    "serve": "serving",
    "up": "serving",
    "doctor": "doctor",
    "due": "due",
    "package": "packaging",
    "hazards": "hazards",
    "figures": "figures",
    "users": "users",
    "keys": "keys",
    "campaigns": "campaigns",
    "demo": "demo",
}


class Words(click.Group):
    """A group that loads each command on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        return list(_WORDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _WORDS:
            return None
        command: click.Command = getattr(
            _loaded(f"worker.cli.{_WORDS[cmd_name]}"), cmd_name + "_" * iskeyword(cmd_name)
        )
        return command


def _loaded(name: str) -> ModuleType:
    """Import a module without garbage collection: imports make no garbage, and collecting takes a sixth of the time."""
    gc.disable()
    try:
        module = import_module(name)
        gc.freeze()
    finally:
        gc.enable()
    return module


@click.group(cls=Words, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nanyue-footage")
def commands() -> None:
    """南粤影像：把现场视频和照片做成合规、检验过、可发布的素材。

    Field footage in; compliant, checked, published footage out.
    """  # noqa: D400 - help text for county staff
    logs.configure(load().log_level, human=sys.stderr.isatty())


def main() -> NoReturn:
    """Run the command line, and end the process. Known errors are printed without a traceback.

    Exit status 0: done; 1: a file was rejected or failed; 2: wrong use; 130: interrupted.
    """
    _leave(_run())


def _leave(status: int) -> NoReturn:
    """End the process as the interpreter would, but for freeing its objects one by one, which takes 0.2 s of a core."""
    threading._shutdown()  # type: ignore[attr-defined] # noqa: SLF001 - as multiprocessing ends its processes
    atexit._run_exitfuncs()  # noqa: SLF001
    for stream in filter(None, (sys.stdout, sys.stderr)):  # none of a descriptor that was closed
        with suppress(OSError, ValueError):  # whoever has read it is gone
            stream.flush()
    os._exit(status)


def _run() -> int:
    """Run the command line; return the exit status."""
    os.umask(0o027)  # written files are for this user and its group
    os.putenv("OPENBLAS_NUM_THREADS", "1")  # the matrices are small, and idle threads of OpenBLAS wait busily
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        commands(standalone_mode=False)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else bool(ended.code)
    except click.exceptions.Abort:
        click.echo("已中断。", err=True)
        return 130
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as asked:
        asked.show()
        return 2
    except click.ClickException as error:
        from worker.cli.complaints import complaint

        click.echo(f"用法有误：{complaint(error)}（wrong-use）。footage --help 查看用法。", err=True)
        return 2
    except FootageError as error:
        click.echo(f"{error.text}（{error.code}）\n{error.detail}", err=True)
        return 2 if isinstance(error, WrongUse | UnknownJob | CampaignInvalid) else 1
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        click.echo(f"写不下：输出所在的磁盘已满，请清理后再试（{NoSpace.code}）。\n{error}", err=True)
        return 1
    return 0
