"""Print progress bars, tables and findings for people, and one JSON object per line for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from pipelines.service import OUTPUTS, STATES, Service, plain, short
from storage.records import Asset, Job

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False)

STAGES = {
    "": "",
    "fetch": "读取",
    "probe": "识别",
    "render": "转码",
    "edit": "剪辑",
    "verify": "检验",
    "publish": "发布",
}
_SEVERITIES = {"info": "提示", "warning": "注意", "reject": "退回"}
_COLOURS = {"published": "green", "rejected": "red", "failed": "red", "running": "cyan"}


def progress() -> Progress:
    """Return progress bars on stderr: percent, multiple of real time, time left; disabled unless on a terminal."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[stage]}"),
        TextColumn("{task.fields[speed]}"),
        TextColumn("剩余"),
        TimeRemainingColumn(),
        console=err,
        disable=not err.is_terminal,
    )


@contextmanager
def working(what: str) -> Iterator[Callable[[str, float, float], None]]:
    """Show a progress bar for one piece of work and yield the function that updates it."""
    with progress() as bars:
        task = bars.add_task(what, total=1.0, stage="", speed="")

        def report(stage: str, done: float, speed: float) -> None:
            bars.update(task, completed=done, stage=STAGES[stage], speed=pace(speed))

        yield report


def pace(speed: float) -> str:
    """Return a speed as text, for example `3.2×`, or "" while it is unknown."""
    return f"{speed:.1f}×" if speed else ""


def cell(text: str) -> Text:
    """Return untrusted text for a table cell, without markup and control characters."""
    return Text(plain(text))


def emit(value: Any) -> None:
    """Print one JSON object on one line of stdout."""
    line = json.dumps(value, ensure_ascii=False) + "\n"
    # UTF-8 in every locale. A name that is not valid UTF-8 becomes JSON escapes, from which it can be restored.
    sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def result(service: Service, job: Job, assets: Sequence[Asset], name: str, folder: Path | None) -> dict[str, Any]:
    """Return the result of one file as docs/cli.md defines it. `folder`: the folder of copied outputs, if any."""
    return {
        "file": name,
        "job": job.id,
        "state": job.state,
        "original": {"sha256": job.original, "size": job.size},
        "outputs": [_output(service, asset, folder) for asset in assets],
        "findings": [finding.told() for finding in job.findings],
        "manifest": _where(service, job.manifest, folder) if job.manifest else None,
    }


def _output(service: Service, asset: Asset, folder: Path | None) -> dict[str, Any]:
    return {
        "name": asset.name,
        "role": asset.role,
        "path": _where(service, asset.key, folder),
        "sha256": asset.sha256,
        "media_type": asset.media_type,
        "width": asset.width,
        "height": asset.height,
        "duration": asset.duration,
    }


def _where(service: Service, key: str, folder: Path | None) -> str:
    if folder:
        return str(folder / key.rpartition("/")[2])
    address = service.handing_out.published(key)
    parts = urlsplit(address)
    return unquote(parts.path) if parts.scheme == "file" else address


def columns(*headers: str) -> Table:
    """Return an empty table with these headers that folds long words instead of cutting them off."""
    grid = Table()
    for header in headers:
        grid.add_column(header, overflow="fold")
    return grid


def table(results: Iterable[dict[str, Any]]) -> None:
    """Print a table of files, states and outputs, then the place and the findings of each file."""
    results = list(results)
    grid = columns("文件", "状态", "成品")
    for item in results:
        state = Text(STATES[item["state"]], _COLOURS.get(item["state"], "yellow"))
        grid.add_row(cell(Path(item["file"]).name), state, _counted(item["outputs"]))
    out.print(grid)
    for item in results:
        name = plain(Path(item["file"]).name)
        job = f"（任务 {short(item['job'])}）" if item["job"] else ""
        place = f" → {_folder(item['manifest'])}" if item["manifest"] else ""
        out.print(name + job + place, markup=False)
        for finding in item["findings"]:
            out.print(f"  【{_SEVERITIES[finding['severity']]}】{plain(finding['text'])}", markup=False)


def _folder(manifest: str) -> str:
    """Return the folder of a publication from its manifest's address, without the signature for this one object."""
    return manifest.partition("?")[0].rpartition("/")[0]


def _counted(outputs: Sequence[dict[str, Any]]) -> str:
    counts: dict[str, int] = {}
    for output in outputs:
        counts[output["role"]] = counts.get(output["role"], 0) + 1
    return "、".join(f"{OUTPUTS[role]}{count if count > 1 else ''}" for role, count in counts.items()) or "—"
