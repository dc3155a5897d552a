"""`footage worker`, `serve`, `up`: what runs until it is told to stop."""

from __future__ import annotations

import signal
import socket
import threading
from types import FrameType

import click

from pipelines.errors import WrongUse
from worker import roots, supervisor
from worker.app import open_queue
from worker.broker import LANES
from worker.cli import show
from worker.cli.keys import first_key
from worker.settings import load


@click.command()
@click.option("--lanes", default=",".join(LANES), show_default=True, help="处理哪些通道，逗号分隔")
def worker(lanes: str) -> None:
    """运行一个处理进程 / one worker process; start as many as there are cores to spare."""
    wanted = set(lanes.split(","))
    if not wanted <= set(LANES):
        raise WrongUse(f"unknown lane in {lanes!r}", text=f"没有这个通道：{lanes}，可用：{'、'.join(LANES)}。")
    roots.work(load(), wanted, stop_signals())


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535))
def serve(host: str, port: int) -> None:
    """运行上传接口和素材页面 / the portal's API and the publicity team's page."""
    roots.serve(load(), host, port)


@click.command()
@click.option("--once", is_flag=True, help="只做一遍")
def sweep(once: bool) -> None:
    """把被遗忘的任务放回队列 / queue forgotten jobs again; `footage up` has one built in."""
    stopping = stop_signals()
    _, service = open_queue(load())
    if once:
        show.out.print(f"放回队列 {len(service.sweep())} 个任务。")
    else:
        supervisor.sweep_until(stopping, service)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535))
def up(host: str, port: int) -> None:
    """一台机器上运行全部服务 / queue, workers, sweeper and desk on this machine."""
    settings = load()
    stopping = stop_signals()
    service = open_queue(settings)[1]
    try:
        supervisor.lock(settings.folder)
    except BlockingIOError as error:
        raise WrongUse(f"{settings.folder}: {error}", text="已经有一个 footage up 在使用这个数据目录。") from error
    _check_port(host, port)
    first = first_key(settings.folder, service)
    # A photo never waits behind a film.
    children = supervisor.children(settings, ["photo", "video,bulk"], (host, port))
    with supervisor.running(children, service):
        show.err.print(f"已启动：http://{host}:{port}/ ，数据在 {settings.folder}；Ctrl-C 停止。")
        if first:
            show.err.print(f"首次启动：登录用的访问密钥在 {first} ，另发密钥用 footage keys add。")
        stopping.wait()
        show.err.print("正在停止……")


def _check_port(host: str, port: int) -> None:
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise WrongUse(f"{host}:{port}: {error}", text=f"端口 {port} 不能使用，请用 --port 另选一个。") from error


def stop_signals() -> threading.Event:
    """Set by SIGTERM or SIGINT."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return stopping
