"""Import a folder or an SD card, with a list of what each file shows (`footage import`)."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from pipelines.domain.errors import FootageError, WrongUse
from pipelines.domain.import_sheet import SheetRow, read_sheet
from pipelines.domain.model import Submission
from pipelines.domain.sheet_cells import SheetError, told
from pipelines.service import Service, plain
from storage.digests import sha256_of
from worker.app import open_house
from worker.cli import show
from worker.cli.options import as_json
from worker.settings import load

_SUBMITTER = "import"
_SHOWN = 100  # errors printed for people; scripts get all


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--sheet", required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True), help="清单，.xlsx 或 .csv"
)
@click.option("--unit", default="", help="清单没写单位的行，用这个单位")
@click.option("--dry-run", is_flag=True, help="只检查清单，不导入 / check the list alone")
@as_json
def import_(folder: Path, sheet: Path, unit: str, dry_run: bool, as_json: bool) -> None:
    """按清单导入一个文件夹或存储卡；有一处写错就一件也不导入 / import a folder by a list, all of it or nothing."""
    service = open_house(load()).service
    files = {
        path.relative_to(folder).as_posix(): path for path in files_of(folder) if path.resolve() != sheet.resolve()
    }
    rows, errors = read_sheet(service.office.table(sheet), service.campaign, files, unit)
    if errors:
        _refuse(errors, as_json=as_json)
    left_out = sorted(files.keys() - {row.file for row in rows})
    results = [] if dry_run else [*_imported(service, rows, files)]
    if as_json:
        for result in results:
            show.emit(result)
        show.emit({"rows": len(rows), "dry_run": dry_run, "not_listed": left_out})
    else:
        _print(rows, results, left_out)
    sys.exit(1 if any(result["state"] == "refused" for result in results) else 0)


def files_of(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and the folders in it, without links, hidden ones and thumbnails' databases."""
    for at, names, found in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(found):
            path = Path(at, name)
            if not name.startswith(".") and name.lower() not in {"thumbs.db", "desktop.ini"} and not path.is_symlink():
                yield path


def _refuse(errors: Sequence[SheetError], *, as_json: bool) -> None:
    """Tell every error and end with 2: nothing is imported."""
    if as_json:
        for error in errors:
            show.emit(asdict(error))
    else:
        for sentence in [*told(errors)][:_SHOWN]:
            show.err.print(plain(sentence), markup=False, soft_wrap=True)
    raise WrongUse(
        f"{len(errors)} errors",
        code="sheet-invalid",
        text=f"清单有 {len(errors)} 处要改，改好再导入；现在一件也没有导入。",
    )


def _imported(service: Service, rows: Sequence[SheetRow], files: dict[str, Path]) -> Iterator[dict[str, Any]]:
    """Submit each row, and yield what became of it. The same row again is the same job: a call may be repeated."""
    with show.progress() as bars:
        task = bars.add_task("导入", total=len(rows), stage="", speed="")
        for row in rows:
            try:
                yield import_one(service, row, files[row.file])
            except (FootageError, OSError) as error:
                text = error.text if isinstance(error, FootageError) else "读不出这个文件，请检查存储卡后再导入一次。"
                yield {"row": row.row, "file": row.file, "state": "refused", "job": None, "text": text}
            bars.advance(task)


def import_one(service: Service, row: SheetRow, path: Path) -> dict[str, Any]:
    """Submit one file and return what became of it. Raises FootageError, OSError."""
    submission = service.submission(path.name, row.programme, **row.said)
    digest = sha256_of(path)
    job = service.announce(submission, _SUBMITTER, lane="bulk", once=_key(digest, submission))
    result = {"row": row.row, "file": row.file, "job": job.id}
    if job.original:
        return {**result, "state": "already", "text": "以前导入过"}
    same = [one for one in service.finder.with_bytes(digest) if one.id != job.id]
    service.receive(job.id, path, lane="bulk")
    text = f"与任务 {same[0].id[:8]} 的文件完全相同" if same else ""
    return {**result, "state": "duplicate" if same else "imported", "text": text}


def _key(digest: str, submission: Submission) -> str:
    """Return what makes a row the same row: the bytes and all that is said of them."""
    return hashlib.sha256(f"{digest} {submission!r}".encode()).hexdigest()


def _print(rows: Sequence[SheetRow], results: Sequence[dict[str, Any]], left_out: Sequence[str]) -> None:
    for result in results:
        if result["state"] != "imported":
            show.out.print(
                f"第 {result['row']} 行 {plain(result['file'])}：{result['text']}", markup=False, soft_wrap=True
            )
    new = sum(result["state"] in {"imported", "duplicate"} for result in results)
    show.out.print(f"清单 {len(rows)} 行没有错误；" + (f"新导入 {new} 件。" if results else "没有导入（--dry-run）。"))
    if left_out:
        named = "、".join(map(plain, left_out[:10]))
        show.out.print(
            f"清单上没有、没有导入的 {len(left_out)} 个文件：{named}{'……' if len(left_out) > 10 else ''}", markup=False
        )
