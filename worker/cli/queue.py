"""Submit, list and control jobs that workers run (`footage submit`, `status`, `cancel`, `retry` and others)."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Unpack

import click

from pipelines.domain.errors import UnknownJob, WrongUse
from pipelines.service import STATES, Service, Staleness, plain, short
from storage.changes import Selection
from storage.records import ENDED, FINAL, Job
from worker.app import open_house
from worker.cli import show
from worker.cli.looking import open_existing, whole_ids
from worker.cli.options import Described, as_json, described, submission
from worker.cli.process import missing, unsubmitted
from worker.cli.watching import live
from worker.settings import load

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
@described
@click.option("--bulk", is_flag=True, help="放入批量通道，不占用日常通道")
@click.option("--urgent", is_flag=True, help="放入加急通道，优先处理")
@click.option("--wait", is_flag=True, help="等到全部处理完")
@as_json
def submit(
    files: tuple[Path, ...], bulk: bool, urgent: bool, wait: bool, as_json: bool, **said: Unpack[Described]
) -> None:
    """提交文件到队列 / queue files for the workers."""
    service = open_house(load()).service
    refused = [unsubmitted(path, "rejected", [why]) for path in files if (why := missing(path))]
    if bulk and urgent:
        raise WrongUse("--bulk and --urgent", text="--bulk 和 --urgent 只能选一个。")
    lane = "bulk" if bulk else "urgent" if urgent else ""
    jobs = [service.submit(p, submission(service, p.name, said), lane=lane) for p in files if not missing(p)]
    if wait:
        jobs = watch(service, jobs)
    results = refused + results_of(service, jobs)
    if as_json:
        for item in results:
            show.emit(item)
    else:
        show.table(results)
        _tell_whether_anybody_works(service, jobs)
    failed = any(item["state"] in ENDED - {"published"} for item in results)
    sys.exit(1 if failed else 0)


def _tell_whether_anybody_works(service: Service, jobs: Sequence[Job]) -> None:
    if any(job.state == "queued" for job in jobs) and not service.monitor.workers():
        click.echo("现在没有处理程序在运行：任务已登记，启动 footage up 后会自动处理。", err=True)


def watch(service: Service, jobs: Sequence[Job], *, every: float = 0.5) -> list[Job]:
    """Show progress bars until each job has ended, and return the jobs in the same order. `every`: seconds."""
    with show.progress() as bars:
        tasks = {job.id: bars.add_task(plain(job.name), total=100.0, stage="", speed="") for job in jobs}
        while True:
            now = [service.status(job.id) for job in jobs]
            for job in now:
                done = 100.0 if job.state in ENDED else job.percent
                stage = show.STAGES[job.stage] or STATES[job.state]
                bars.update(tasks[job.id], completed=done, stage=stage, speed=show.pace(job.speed))
            if all(job.state in ENDED for job in now):
                return now
            time.sleep(every)


def results_of(service: Service, jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """Return the results of these jobs as docs/cli.md defines them."""
    outputs = service.outputs(jobs)
    return [show.result(service, job, outputs.get(job.id, []), job.name, None) for job in jobs]


@click.command()
@click.argument("jobs", nargs=-1)
@click.option("--state", "states", multiple=True, type=click.Choice(list(STATES)), help="只看这些状态")
@click.option("--programme", default="", help="栏目")
@click.option("--unit", default="", help="报送单位")
@click.option("--search", "words", default="", help="文件名、单位、地点、问题里的字词")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--watch", is_flag=True, help="持续显示，Ctrl-C 退出")
@as_json
def status(jobs: tuple[str, ...], watch: bool, as_json: bool, **selection: Unpack[Selection]) -> None:
    """查看任务状态 / the state of jobs."""
    service = open_existing()
    if watch:
        live(service)
    found = [service.status(job) for job in whole_ids(service, jobs)] if jobs else service.find(**selection)
    if as_json:
        for job in found:
            show.emit(asdict(job))
        return
    if jobs:
        show.table(results_of(service, found))
        return
    grid = show.columns("任务", "文件", "单位", "状态", "进度", "说明")
    grid.columns[0].no_wrap = True
    for job in found:
        percent = f"{job.percent:.0f}%" if job.state == "running" else ""
        why = "；".join(finding.text for finding in job.findings if finding.severity == "reject")
        told = (STATES[job.state], percent, show.cell(why))
        grid.add_row(short(job.id), show.cell(job.name), show.cell(job.unit), *told)
    show.out.print(grid)


@click.command()
@click.argument("jobs", nargs=-1, required=True)
@as_json
def cancel(jobs: tuple[str, ...], as_json: bool) -> None:
    """取消任务，正在处理的立即停止 / end jobs; what is being worked on stops at once."""
    service = open_existing()
    sys.exit(_each(whole_ids(service, jobs), service.cancel, "cancelled", ("已取消", "没有取消"), as_json=as_json))


@click.command()
@click.argument("jobs", nargs=-1, required=True)
@as_json
def retry(jobs: tuple[str, ...], as_json: bool) -> None:
    """重新处理失败、不合格、已取消或暂停的任务 / run jobs again that ended without a publication."""
    service = open_existing(queueing=True)
    sys.exit(_each(whole_ids(service, jobs), service.retry, "queued", ("已重新排队", "没有重新排队"), as_json=as_json))


@click.command()
@click.argument("jobs", nargs=-1, required=True)
@as_json
def release(jobs: tuple[str, ...], as_json: bool) -> None:
    """放行暂停的任务 / let held jobs go on, after checking their files."""
    service = open_existing(queueing=True)
    sys.exit(_each(whole_ids(service, jobs), service.release, "queued", ("已放行", "没有放行"), as_json=as_json))


def _each(
    jobs: Sequence[str], change: Callable[[str], Job], wanted: str, said: tuple[str, str], *, as_json: bool
) -> int:
    """Change one job after the other, and return 0 if all are now in the wanted state, else 1.

    An unknown job does not keep the next ones from being changed.
    """
    done = [_changed(change, job, wanted, said, as_json=as_json) for job in jobs]
    return 0 if all(done) else 1


def _changed(change: Callable[[str], Job], job_id: str, wanted: str, said: tuple[str, str], *, as_json: bool) -> bool:
    try:
        job = change(job_id)
    except UnknownJob as error:
        click.echo(f"{error.text}（{error.code}）{plain(job_id[:60])}", err=True)
        return False
    if as_json:
        show.emit(asdict(job))
    else:
        told = said[0] if job.state == wanted else f"{said[1]}：已经是“{STATES[job.state]}”"
        show.out.print(f"{short(job.id)}  {told}  {plain(job.name)}", markup=False)
    return job.state == wanted


@click.command()
@click.option("--state", "states", multiple=True, type=click.Choice(sorted(FINAL)), help="状态，可多次")
@click.option("--programme", default="", help="栏目")
@click.option("--unit", default="", help="报送单位")
@click.option("--since", type=_DAY, help="拍摄日期从")
@click.option("--until", type=_DAY, help="拍摄日期到")
@click.option("--stale", is_flag=True, help="只选规则或工具已变的")
@click.option("--all", "every", is_flag=True, help="连同配方未变的：活动名单或编辑的渠道版本变了时用")
@click.option("--dry-run", is_flag=True, help="只列出，不执行")
@as_json
def reprocess(
    stale: bool,
    every: bool,
    dry_run: bool,
    as_json: bool,
    states: tuple[str, ...],
    programme: str,
    unit: str,
    since: datetime | None,
    until: datetime | None,
) -> None:
    """按条件重新处理 / select finished jobs and run them again."""
    service = open_existing(queueing=True)
    first, last = (day.date().isoformat() if day else "" for day in (since, until))
    selection = Selection(states=states, programme=programme, unit=unit, since=first, until=last, limit=100_000)
    found = service.batches.renewals(service.find(**selection), stale=stale)
    renewals = [renewal for renewal in found if every or not renewal.is_current]
    if not dry_run:
        service.batches.reprocess(renewals)
    for renewal in renewals:
        _tell(renewal, dry_run=dry_run, as_json=as_json)
    if not as_json:
        left = len(found) - len(renewals)
        rest = f"；另有 {left} 个配方未变，已略过（要一并重跑请加 --all）" if left else ""
        show.out.print(f"{'将重新处理' if dry_run else '已排队'} {len(renewals)} 个任务{rest}。")


def _tell(renewal: Staleness, *, dry_run: bool, as_json: bool) -> None:
    job = renewal.job
    if as_json:
        old, new = job.recipe, renewal.recipe
        show.emit({"job": job.id, "file": job.name, "state": job.state, "recipe": old, "new": new, "dry_run": dry_run})
    else:
        change = f"{job.recipe[:8] or '—'} → {renewal.recipe[:8] or '？'}"
        show.out.print(f"{short(job.id)}  {STATES[job.state]}  {change}  {plain(job.name)}", markup=False)
