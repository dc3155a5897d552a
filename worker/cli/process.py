"""`footage process`: the whole pipeline here and now, without a queue."""

from __future__ import annotations

import os
import signal
import stat
import sys
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress, TaskID

from pipelines.domain.errors import Busy, FootageError, Transient, WrongUse
from pipelines.domain.model import Submission
from pipelines.service import Service, plain
from storage.records import Job
from worker.app import open_service
from worker.cli import show
from worker.cli.options import as_json, described, submission
from worker.settings import load


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
@described
@click.option("--out", type=click.Path(path_type=Path), help="另存成品的文件夹")
@as_json
def process(files: tuple[Path, ...], out: Path | None, as_json: bool, **said: Any) -> None:
    """立即处理文件，不经队列 / process files here and now."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: the job is cancelled, nothing is left
    service = open_service(load())
    if out:
        _make_folder(out)
    submissions = [submission(service, path.name, said) for path in files]
    results = []
    with show.progress() as bars:
        for path, described_as in zip(files, submissions, strict=True):
            task = bars.add_task(plain(path.name), total=1.0, stage="", speed="")
            results.append(_one(service, path, described_as, out, bars, task))
            if as_json:
                show.emit(results[-1])
    if not as_json:
        show.table(results)
    sys.exit(0 if all(item["state"] == "published" for item in results) else 1)


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongUse(f"--out: {error}", text="--out 指定的文件夹无法写入。") from error


def _one(
    service: Service, path: Path, said: Submission, out: Path | None, bars: Progress, task: TaskID
) -> dict[str, Any]:
    unreadable = missing(path)
    if unreadable:
        return unsubmitted(path, "rejected", [unreadable])

    def report(stage: str, done: float, speed: float) -> None:
        bars.update(task, completed=done, stage=show.STAGES[stage], speed=show.pace(speed))

    try:
        job = _run(service, service.announce(said).id, path, report)
    except OSError as error:
        return unsubmitted(path, "rejected", [_unusable("not-readable", f"读取文件时出错：{error.strerror}")])
    except FootageError as error:
        return unsubmitted(path, "failed", [{"code": error.code, "severity": "reject", "text": error.text}])
    assets = service.outputs([job]).get(job.id, [])
    folder = copied(service, job, out) if out and job.manifest else None
    return show.result(service, job, assets, str(path), folder)


def _run(service: Service, job_id: str, path: Path, report: Any) -> Job:
    """Here nothing comes back later: whatever stops the work, its job has ended."""
    try:
        service.receive(job_id, path)
        return _to_its_end(service, job_id, report)
    except (KeyboardInterrupt, OSError, FootageError):
        service.cancel(job_id)
        raise


def _to_its_end(service: Service, job_id: str, report: Any) -> Job:
    """What is only busy is waited for, any other transient failure is told."""
    while True:
        try:
            return service.run(job_id, report)
        except Busy:
            service.wait(job_id)
        except Transient as error:
            return service.give_up(job_id, error)


def missing(path: Path) -> dict[str, str] | None:
    """Why this path can't be read, as a finding; None where it can."""
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except PermissionError:
        return _unusable("not-readable", f"没有权限读取文件：{plain(str(path))}")
    except (OSError, ValueError):
        return _unusable("no-such-file", f"找不到文件：{plain(str(path))}")
    if not regular:
        return _unusable("not-a-file", f"不是文件：{plain(str(path))}")
    if not os.access(path, os.R_OK):
        return _unusable("not-readable", f"没有权限读取文件：{plain(str(path))}")
    return None


def _unusable(code: str, text: str) -> dict[str, str]:
    return {"code": code, "severity": "reject", "text": text}


def unsubmitted(path: Path, state: str, findings: list[dict[str, str]]) -> dict[str, Any]:
    """The result of a file that never became a job."""
    return {
        "file": str(path),
        "job": None,
        "state": state,
        "original": None,
        "outputs": [],
        "findings": [{k: f[k] for k in ("code", "severity", "text")} for f in findings],
        "manifest": None,
    }


def copied(service: Service, job: Job, out: Path) -> Path:
    """Copy the publication into a folder of `out` named by the original's hash: a file's own name is no path."""
    folder = out.absolute() / job.original[:12]
    folder.mkdir(parents=True, exist_ok=True)
    service.export(job, folder)
    return folder
