"""Show operators what is wrong and what to do about it, and let them queue failed and held jobs again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from desk.auth.access import Operating
from desk.context import Here
from desk.language import speaking, translated
from desk.ops.health import Watch
from desk.shown import show
from pipelines.scheduling.lanes import LANES
from pipelines.service import LANES as LANE_NAMES, Monitor, Service
from storage.records import Job

router = APIRouter(include_in_schema=False)
_LISTED = 20  # jobs of each kind
_LONG_WAIT = 1800.0  # seconds that a job may be queued before it is a trouble
_LITTLE_DISK = 20 << 30  # bytes
_MANY_UNTOLD = 50  # endings
_REMEDIES = {
    "ledger": "数据库连不上：检查 PostgreSQL（或数据目录所在磁盘）是否在运行、有空间。",
    "store": "存储连不上：检查对象存储（或数据目录所在磁盘）是否在运行、有空间。",
    "queue": "队列连不上：检查 Valkey 是否在运行；恢复后任务会自动继续。",
    "workers": "有通道没有处理进程，任务只会排队：运行 footage up，或补上 footage worker --lanes 该通道。",
    "sweeper": "没有巡检进程，中断的任务不会自动恢复：运行 footage up 或 footage sweep。",
}


@dataclass(frozen=True, slots=True)
class LaneState:
    """One lane. `waited`: seconds that its oldest queued job has waited."""

    name: str
    workers: int
    queued: int
    running: int
    waited: float


@dataclass(frozen=True, slots=True)
class BoardState:
    """The state of an installation. `free`: bytes of scratch disk here; `untold`: endings the portal is still told."""

    lanes: tuple[LaneState, ...]
    running: Sequence[Job]
    failed: Sequence[Job]
    held: Sequence[Job]
    free: int
    untold: int


@router.get("/board")
async def board(request: Request, here: Here, key: Operating) -> Response:
    """Show the board, even while the ledger, the store or the queue is away."""
    watch: Watch = request.app.state.watch
    checks = await watch.look()
    state = None if checks["ledger"] != "ok" else await run_in_threadpool(state_of, here.service)
    with speaking(request):
        said = [*troubles(checks, state)]
    values: dict[str, Any] = {"checks": checks, "state": state, "troubles": said}
    tools = [("nanyue-footage", version("nanyue-footage")), *await run_in_threadpool(here.service.monitor.tools)]
    return show(request, here, "board.html", key=key, tools=tools, **values)


@router.post("/board/{job_id}/retry")
def retry(here: Here, _key: Operating, job_id: str) -> Response:
    """Queue a failed or held job again."""
    here.service.retry(job_id)
    return RedirectResponse("/board", status_code=303)


def state_of(service: Service) -> BoardState:
    """Return the state of an installation from its ledger and this machine's disk."""
    monitor = service.monitor
    found = {states: service.find(states=[states], limit=_LISTED) for states in ("running", "failed", "held")}
    free, _ = monitor.scratch()
    untold = monitor.unsent_webhooks()
    return BoardState(_lanes(monitor), found["running"], found["failed"], found["held"], free, untold)


def _lanes(monitor: Monitor) -> tuple[LaneState, ...]:
    counts = {(state, lane): (number, age) for state, lane, number, age in monitor.counts()}
    workers = monitor.workers()
    return tuple(
        LaneState(
            LANE_NAMES[lane],
            sum(lane in served for served in workers),
            counts.get(("queued", lane), (0, 0.0))[0],
            counts.get(("running", lane), (0, 0.0))[0],
            counts.get(("queued", lane), (0, 0.0))[1],
        )
        for lane in LANES
    )


def troubles(checks: Mapping[str, str], state: BoardState | None) -> Iterator[str]:
    """Yield what is wrong, each with what to do, the most pressing first, in the language of the request."""
    yield from (translated(_REMEDIES[name]) for name, said in checks.items() if said != "ok")
    if state is None:
        return
    if state.free < _LITTLE_DISK:
        yield translated(
            "磁盘只剩 %(free)s GB：删除不用的文件，或用 footage prune 清理被替换的旧版本。", free=state.free >> 30
        )
    if state.held:
        yield translated(
            "有 %(n)s 件暂停：处理它时程序两次中断，先看文件，再点“重试”；仍不行请联系开发人员。", n=len(state.held)
        )
    yield from (_late(lane) for lane in state.lanes if lane.waited > _LONG_WAIT and lane.workers)
    if state.untold > _MANY_UNTOLD:
        yield translated("有 %(n)s 条结果还没有通知到上传系统：检查它的地址和网络，恢复后会自动补发。", n=state.untold)


def _late(lane: LaneState) -> str:
    return translated(
        "“%(lane)s”通道排队已 %(minutes)s 分钟：任务太多时属正常，要加快可多开 footage worker。",
        lane=translated(lane.name),
        minutes=round(lane.waited / 60),
    )
