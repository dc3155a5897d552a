"""Show the state of lanes and running jobs in tables that are kept up to date (`footage status --watch`)."""

from __future__ import annotations

import time

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from pipelines.domain.errors import FootageError
from pipelines.scheduling.lanes import LANES
from pipelines.service import STATES, Service, short
from storage.records import Job
from worker.cli import show

_EVERY = 1.0  # seconds
_SHOWN = 20  # running jobs
_LANES = {"urgent": "加急", "photo": "照片", "video": "视频", "bulk": "批量"}


def live(service: Service, turns: int | None = None) -> None:
    """Show the tables until Ctrl-C, or for `turns` updates."""
    shown = _table(service)
    with Live(shown, console=show.out, auto_refresh=False) as screen:
        while turns is None or (turns := turns - 1) > 0:
            time.sleep(_EVERY)
            screen.update(_table(service), refresh=True)


def _table(service: Service) -> Group | Text:
    try:
        parts = [_lanes(service), _running(service.find(states=["running"], limit=_SHOWN)), _held(service)]
    except FootageError as error:  # an outage is shown and does not end the display
        return Text(f"{error.text}（{error.code}）", style="red")
    return Group(*(part for part in parts if part))


def _lanes(service: Service) -> Table:
    """Return the table of lanes: number of workers, number of jobs by state, longest wait."""
    states = ("queued", "running", "held", "published", "rejected", "failed", "cancelled")
    grid = show.columns("通道", "处理进程", *(STATES[state] for state in states), "最久等待")
    counts = {(state, lane): (count, age) for state, lane, count, age in service.monitor.counts()}
    for lane in LANES:
        row = [counts.get((state, lane), (0, 0.0)) for state in states]
        numbers = [str(count) if count else "—" for count, _ in row]
        workers = sum(lane in lanes for lanes in service.monitor.workers())
        grid.add_row(_LANES[lane], str(workers or "无"), *numbers, span(row[0][1]) if row[0][0] else "")
    return grid


def _running(jobs: list[Job]) -> Table | None:
    grid = show.columns("任务", "文件", "单位", "阶段", "进度", "速度", "已用", "剩余")
    for job in sorted(jobs, key=lambda job: job.started):
        taken = max(0.0, job.updated - job.started)
        left = span(taken * (100 - job.percent) / job.percent) if job.percent >= 1 else ""
        stage, percent = show.STAGES[job.stage], f"{job.percent:.0f}%"
        name, unit = show.cell(job.name), show.cell(job.unit)
        grid.add_row(short(job.id), name, unit, stage, percent, show.pace(job.speed), span(taken), left)
    return grid if jobs else None


def _held(service: Service) -> Text | None:
    held = service.find(states=["held"], limit=_SHOWN)
    said = "，".join(job.id for job in held)
    return Text(f"暂停待查：{said}（footage release 放行，footage cancel 取消）", style="yellow") if held else None


def span(seconds: float) -> str:
    """Return a duration as text: `45 秒`, `12 分`, `3 时 05 分`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} 秒"
    return f"{whole // 60} 分" if whole < 3600 else f"{whole // 3600} 时 {whole // 60 % 60:02d} 分"
