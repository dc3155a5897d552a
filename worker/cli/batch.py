"""Make many jobs again as one batch (`footage batch`)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from pipelines.domain.campaign_names import activity_called, programme_called, unit_called
from pipelines.domain.errors import WrongUse
from pipelines.service import BATCHES, OUTPUTS, BatchPlan, Service, plain, short
from storage.batches import Batch
from storage.changes import Selection
from storage.records import Job
from worker.cli import show
from worker.cli.looking import open_existing
from worker.cli.options import as_json

_DAY = click.DateTime(["%Y-%m-%d"])
_MOST, _SHOWN = 100_000, 200
_WORK = {
    "film": "成片",
    "remake": "从成片重剪",
    "edition": "渠道片",
    "photo": "照片",
    "anew": "读原件",
    "again": "读成品",
}
_BY = "command line"
_ENDED = ("done", "failed", "left", "cancelled", "rolled-back", "pruned")


@click.group()
def batch() -> None:
    """成批重做：先估算，可暂停、取消、退回 / make many jobs again."""


@batch.command()
@click.option("--programme", default="", help="栏目")
@click.option("--unit", default="", help="报送单位")
@click.option("--activity", default="", help="活动")
@click.option("--since", type=_DAY, help="拍摄日期从")
@click.option("--until", type=_DAY, help="拍摄日期到")
@click.option("--state", "states", multiple=True, default=["published"], show_default=True, help="状态，可多次")
@click.option("--finding", default="", help="有这个问题代码的")
@click.option("--recipe", default="", help="配方以此开头的")
@click.option("--tool", default="", help="用这个版本的工具或规格做的，如 ffmpeg=7.0、edition=9")
@click.option("--rate", default=0, show_default=True, type=click.IntRange(0, 100_000), help="每分钟最多几件，0 不限")
@click.option("--name", default="", help="给批次起个名")
@click.option("--dry-run", is_flag=True, help="只估算，不执行")
@as_json
def new(
    rate: int,
    name: str,
    recipe: str,
    tool: str,
    since: datetime | None,
    until: datetime | None,
    dry_run: bool,
    as_json: bool,
    programme: str,
    unit: str,
    activity: str,
    states: tuple[str, ...],
    finding: str,
) -> None:
    """按条件选成品，只重做与现行规则不同的 / select jobs; only what differs is made again."""
    service = open_existing(queueing=True)
    first, last = (day.date().isoformat() if day else "" for day in (since, until))
    asked: Selection = {
        "unit": unit_called(service.campaign, unit),
        "programme": programme_called(service.campaign, programme),
        "activity": activity_called(service.campaign, activity),
        "finding": finding,
        "states": states,
        "since": first,
        "until": last,
        "limit": _MOST,
    }
    jobs = service.batches.select(service.find(**asked), recipe=recipe, tool=tool)
    plan = _planned(service, jobs, rate)
    kept = {**asked, "recipe": recipe, "tool": tool}
    selector = {key: value for key, value in kept.items() if value and key != "limit"}
    made = None if dry_run else service.batches.start(plan, name, _BY, selector, rate)
    if as_json:
        show.emit({"batch": made.id if made else None, "dry_run": dry_run, **asdict(plan.estimate)})
        return
    _print_estimate(plan, len(jobs))
    begun = f"批次 {made.id} 已开始；footage batch show {made.id} --watch 看进度。" if made else ""
    show.out.print(begun or "没有执行（--dry-run）。")


def _planned(service: Service, jobs: Sequence[Job], rate: int) -> BatchPlan:
    with show.progress() as bars:
        task = bars.add_task("比对", total=len(jobs), stage="", speed="")
        return service.batches.plan(jobs, rate=rate, step=lambda: bars.advance(task))


def _print_estimate(plan: BatchPlan, selected: int) -> None:
    found = plan.estimate
    if not found.jobs:
        show.out.print(f"选中 {selected} 件，都不用重做。")
        return
    outputs = "、".join(f"{OUTPUTS.get(role, role)} {count}" for role, count in found.outputs.items())
    show.out.print(f"选中 {selected} 件，要重做 {found.jobs} 件{f'：{outputs}' if outputs else ''}。")
    show.out.print(
        f"约 {found.cpu / 60:.1f} CPU 分钟、{found.size / 1e6:.1f} MB；按现在的负载约 {_time(found.seconds)}。"
    )
    if found.unknown:
        show.out.print(f"其中 {found.unknown} 件要做了才知道，没有算在内。")
    if found.unmeasured:
        show.out.print(
            f"本机还没有测过的工作（{'、'.join(_WORK.get(kind, kind) for kind in found.unmeasured)}）没有算准。"
        )


def _time(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} 小时 {minutes % 60} 分" if minutes >= 60 else f"{max(1, minutes)} 分钟"


@batch.command("list")
@as_json
def list_(as_json: bool) -> None:
    """列出批次 / list batches."""
    found = open_existing().batches.all()
    if as_json:
        for one, counts in found:
            show.emit(_told(one, counts))
        return
    grid = show.columns("批次", "名称", "状态", "完成", "失败", "其余")
    for one, counts in found:
        done, failed = counts.get("done", 0) + counts.get("rolled-back", 0), counts.get("failed", 0)
        rest = sum(counts.values()) - done - failed
        grid.add_row(one.id, show.cell(one.name), BATCHES[one.state], str(done), str(failed), str(rest))
    show.out.print(grid)


@batch.command("show")
@click.argument("batch_id")
@click.option("--watch", is_flag=True, help="持续显示进度，直到结束")
@click.option("--compare", "samples", default=0, type=click.IntRange(0, 100), help="抽这么多部成片比较画质（VMAF）")
@as_json
def show_(batch_id: str, watch: bool, samples: int, as_json: bool) -> None:
    """一个批次的进度和前后对照 / progress, and before and after."""
    service = open_existing()
    if watch:
        _watch(service, batch_id)
    one, counts = service.batches.of(batch_id)
    rows = service.batches.compare(batch_id, samples, _MOST if as_json else _SHOWN)
    if as_json:
        show.emit({**_told(one, counts), "items": [asdict(row) for row in rows]})
        return
    show.out.print(f"批次 {one.id} {plain(one.name)}：{BATCHES[one.state]}；" + _counted(counts), markup=False)
    grid = show.columns("任务", "成片大小", "响度", "剧照变了", "问题", "VMAF", "说明")
    for row in rows:
        cells = (row.sizes, row.loudness, row.stills, row.findings, row.vmaf)
        grid.add_row(short(row.job), *cells, show.cell(row.reason))
    show.out.print(grid)


def _watch(service: Service, batch_id: str) -> None:
    with show.progress() as bars:
        task = bars.add_task(f"批次 {batch_id}", total=None, stage="", speed="")
        began, at_first = time.monotonic(), None
        while True:
            one, counts = service.batches.of(batch_id)
            done, whole = sum(counts.get(state, 0) for state in _ENDED), sum(counts.values())  # type: ignore[call-overload]
            at_first = done if at_first is None else at_first
            passed = time.monotonic() - began
            speed = f"{(done - at_first) / passed * 60:.0f} 件/分" if passed > 5 else ""
            bars.update(task, total=whole, completed=done, stage=BATCHES[one.state], speed=speed)
            if one.state in {"done", "cancelled", "rolled-back"} and not counts.get("queued"):
                return
            time.sleep(1.0)


def _told(one: Batch, counts: Mapping[Any, int]) -> dict[str, Any]:
    return {**asdict(one), "counts": dict(counts)}


def _counted(counts: Mapping[Any, int]) -> str:
    words = Counter({BATCHES[state]: count for state, count in counts.items()})
    return "，".join(f"{word} {count}" for word, count in words.items()) or "没有任务"


def _verb(name: str, word: str, told: str) -> None:
    """Add a command that changes the state of a batch."""

    @batch.command(name, help=word)
    @click.argument("batch_id")
    def change(batch_id: str) -> None:
        service = open_existing(queueing=True)
        getattr(service.batches, name)(batch_id)
        click.echo(f"批次 {batch_id} {told}。")


_verb("pause", "暂停：不再排入新的 / put no more into the queue", "已暂停，已排入的做完为止")
_verb("resume", "继续 / go on", "继续")
_verb("cancel", "取消：没做的不做，做好的留着 / end it", "已取消")


@batch.command()
@click.argument("batch_id")
@as_json
def rollback(batch_id: str, as_json: bool) -> None:
    """退回：恢复重做之前的成品 / bring back what stood before."""
    back, left = open_existing().batches.roll_back(batch_id)
    if as_json:
        show.emit({"batch": batch_id, "back": back, "left": left})
    else:
        rest = f"；{left} 件之后又改过或已清理，没有退回" if left else ""
        click.echo(f"已退回 {back} 件{rest}。")
    if left:
        raise WrongUse(f"{left} jobs left", code="changed-since", text=f"{left} 件没有退回。")
