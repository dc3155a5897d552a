"""Run workers, the sweeper, the desk or all of them until told to stop (`footage worker`, `sweep`, `serve`, `up`)."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from types import FrameType

import click

from pipelines.domain.errors import WrongUse
from pipelines.scheduling import machine
from pipelines.scheduling.lanes import LANES
from worker import roots, supervisor
from worker.app import open_house
from worker.cli import show
from worker.cli.keys import first_key
from worker.cli.users import first_account
from worker.homes import announced
from worker.settings import Settings, load
from worker.zygote import Zygote

_DESK_SECONDS = 30.0  # a desk starts in two
_parent = click.option("--parent", type=int, default=0, hidden=True)  # the command ends when this process has ended


@click.command()
@click.option("--lanes", default=",".join(LANES), show_default=True, help="处理哪些通道，逗号分隔")
@_parent
def worker(lanes: str, parent: int) -> None:
    """运行一个处理进程 / one worker process; start as many as there are cores to spare."""
    named = set(lanes.split(","))
    if not named <= set(LANES):
        raise WrongUse(f"unknown lane in {lanes!r}", text=f"没有这个通道：{lanes}，可用：{'、'.join(LANES)}。")
    roots.work(load(), [lane for lane in LANES if lane in named], stop_signals(parent))


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535))
@_parent
def serve(host: str, port: int, parent: int) -> None:
    """运行上传接口和素材页面 / the portal's API and the publicity team's page."""
    follow(parent, lambda: os.kill(os.getpid(), signal.SIGTERM))
    roots.serve(load(), host, port)


@click.command()
@click.option("--once", is_flag=True, help="只做一遍")
def sweep(once: bool) -> None:
    """把被遗忘的任务放回队列，并回调通知 / queue forgotten jobs again, tell the portal; `footage up` does it too."""
    stopping = stop_signals()
    house = open_house(load())
    if once:
        show.out.print(f"放回队列 {len(house.sweeper.sweep())} 个任务。")
    else:
        telling = threading.Thread(target=supervisor.tell_until, args=(stopping, house.webhooks), daemon=True)
        telling.start()
        supervisor.sweep_until(stopping, house.sweeper)
        telling.join()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535))
@click.option("--films", default=0, type=click.IntRange(0, 64), help="几个视频处理进程；0：核心数的一半")
def up(host: str, port: int, films: int) -> None:
    """一台机器上运行全部服务 / queue, workers, sweeper and desk on this machine."""
    settings = load()
    with closing(_zygote()) as zygote:
        _up(settings, zygote, (host, port), films or max(1, machine.cores() // 2))


def _zygote() -> Zygote:
    from worker.cli import main

    return Zygote(main, roots.OF_A_DESK)


def _up(settings: Settings, zygote: Zygote, desk: tuple[str, int], films: int) -> None:
    stopping = stop_signals()
    house = open_house(settings)
    try:
        supervisor.lock(settings.folder)
    except BlockingIOError as error:
        raise WrongUse(f"{settings.folder}: {error}", text="已经有一个 footage up 在使用这个数据目录。") from error
    _check_port(*desk)
    first, account = first_key(settings.folder, house.service), first_account(house.service)
    # Urgent jobs and photos have workers of their own: neither waits behind a film or behind the other.
    lanes = ["urgent", "photo", *["video,bulk"] * films]
    children = supervisor.children(settings, zygote.start, lanes, desk)
    with announced(settings.folder), supervisor.running(children, house.sweeper, house.webhooks, zygote):
        _wait_for_desk(*desk, stopping)
        _greet(settings.folder, desk, first, account)
        stopping.wait()
        show.err.print("正在停止……")


def _greet(folder: Path, desk: tuple[str, int], first: Path | None, account: tuple[str, str] | None) -> None:
    show.err.print(f"已启动：http://{desk[0]}:{desk[1]}/ ，数据在 {folder}；Ctrl-C 停止。")
    if account:
        show.err.print(f"首次登录：姓名 {account[0]} ，初始密码 {account[1]} （只显示这一次；登录后要改掉）。")
        show.err.print("给其他人建账号：登录后点“账号”，或用 footage users add。")
    if first:
        show.err.print(f"上传系统用的访问密钥在 {first} ，另发密钥用 footage keys add。")


def _check_port(host: str, port: int) -> None:
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise WrongUse(f"{host}:{port}: {error}", text=f"端口 {port} 不能使用，请用 --port 另选一个。") from error


def _wait_for_desk(host: str, port: int, stopping: threading.Event) -> None:
    """Wait until the desk answers: its address is told to people, who open it at once. Half a minute at most."""
    until = time.monotonic() + _DESK_SECONDS
    while time.monotonic() < until and not stopping.is_set():
        with suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        stopping.wait(0.1)


def stop_signals(parent: int = 0) -> threading.Event:
    """Return an event that is set by SIGTERM or SIGINT, or when the parent process of this id has ended (0: none)."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    follow(parent, stopping.set)
    return stopping


def follow(parent: int, stop: Callable[[], None]) -> None:
    """Call `stop` once the parent process of this id has ended; do nothing for 0."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        stop()

    if parent:
        threading.Thread(target=watch, name="parent", daemon=True).start()
