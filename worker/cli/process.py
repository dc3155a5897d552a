"""Run the whole pipeline on files in this process, without the queue (`footage process`)."""

from __future__ import annotations

import os
import signal
import stat
import sys
from pathlib import Path
from typing import Any, Unpack

import click
from rich.progress import Progress, TaskID

from pipelines.domain.errors import Busy, FootageError, Transient, WrongUse
from pipelines.domain.model import Submission
from pipelines.service import Service, plain
from storage.records import Job, RecordedFinding
from worker.app import open_service
from worker.cli import show
from worker.cli.options import Described, as_json, described, submission
from worker.settings import load


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
@described
@click.option("--out", type=click.Path(path_type=Path), help="另存成品的文件夹")
@as_json
def process(files: tuple[Path, ...], out: Path | None, as_json: bool, **said: Unpack[Described]) -> None:
    """立即处理文件，不经队列 / process files here and now."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # cancels the job like Ctrl-C, without leftovers
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
        return unsubmitted(path, "failed", [RecordedFinding(error.code, "reject", text=error.text)])
    assets = service.outputs([job]).get(job.id, [])
    folder = copied(service, job, out) if out and job.manifest else None
    return show.result(service, job, assets, str(path), folder)


def _run(service: Service, job_id: str, path: Path, report: Any) -> Job:
    """Receive and run a job, and cancel it if anything stops the work: no worker would continue it later."""
    try:
        service.receive(job_id, path)
        return _to_its_end(service, job_id, report)
    except (KeyboardInterrupt, OSError, FootageError):
        service.cancel(job_id)
        raise


def _to_its_end(service: Service, job_id: str, report: Any) -> Job:
    """Run a job to its end. Wait while it is busy, and end it as failed after any other transient error."""
    while True:
        try:
            return service.run(job_id, report)
        except Busy:
            service.wait(job_id)
        except Transient as error:
            return service.give_up(job_id, error)


def missing(path: Path) -> RecordedFinding | None:
    """Return a finding that says why this path can't be read, or None if it can."""
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except PermissionError:
        return _unusable("not-readable", f"没有权限读取文件：{plain(str(path))}（请管理员用 chmod 放开读取权限）")
    except (OSError, ValueError):
        return _unusable(
            "no-such-file", f"找不到文件：{plain(str(path))}；请核对文件名，并确认存储卡或共享盘仍然连接。"
        )
    if not regular:
        return _unusable("not-a-file", f"这是文件夹或设备，不是文件：{plain(str(path))}（请写出其中的文件名）")
    if not os.access(path, os.R_OK):
        return _unusable("not-readable", f"没有权限读取文件：{plain(str(path))}（请管理员用 chmod 放开读取权限）")
    return None


def _unusable(code: str, text: str) -> RecordedFinding:
    return RecordedFinding(code, "reject", text=text)


def unsubmitted(path: Path, state: str, findings: list[RecordedFinding]) -> dict[str, Any]:
    """Return the result of a file that never became a job."""
    return {
        "file": str(path),
        "job": None,
        "state": state,
        "original": None,
        "outputs": [],
        "findings": [finding.told() for finding in findings],
        "manifest": None,
    }


def copied(service: Service, job: Job, out: Path) -> Path:
    """Copy the publication into a folder of `out` and return it.

    The folder is named by 12 digits of the original's SHA-256, as a file's own name is not safe as a path.
    """
    folder = out.absolute() / job.original[:12]
    folder.mkdir(parents=True, exist_ok=True)
    service.export(job, folder)
    return folder
