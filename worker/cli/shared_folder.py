"""Import what units put into a shared folder (`footage watch`).

A folder of a unit's name holds its films and photos; one with a list (清单.xlsx or 清单.csv) is imported by it, whole.
What is imported moves into `已导入`; where a list is wrong, `清单有误.txt` beside it says what to write, row by row.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from pipelines.domain.errors import FootageError
from pipelines.domain.import_sheet import SheetRow, read_sheet
from pipelines.domain.model import Said
from pipelines.domain.sheet_cells import SheetError, told
from pipelines.service import Service, plain
from worker.app import open_house
from worker.cli import show
from worker.cli.importing import files_of, import_one
from worker.cli.serving import stop_signals
from worker.settings import load

_DONE, _LISTS, _WRONG = "已导入", ("清单.xlsx", "清单.csv"), "清单有误.txt"
_STILL = 10.0  # seconds for which a file must not have changed

State = dict[Path, tuple[int, int]]  # size and time of change, by file


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--every", default=15.0, show_default=True, type=click.FloatRange(0.1, 3600), help="隔几秒看一次")
@click.option("--once", is_flag=True, help="看一遍就结束 / one pass")
def watch(folder: Path, every: float, once: bool) -> None:
    """看着共享文件夹，单位放进去的自动导入 / import what units put into a shared folder."""
    stopping = stop_signals()
    watched = SharedFolder(open_house(load()).service, folder)
    if once:
        watched.look()
        watched.take(still=0.0)
        return
    show.err.print(f"正在看着 {folder}；Ctrl-C 停止。", markup=False)
    while not stopping.wait(every):
        watched.look()
        watched.take(still=_STILL)


@dataclass(slots=True)
class SharedFolder:
    """A shared folder that is looked at again and again: network drives tell of no changes."""

    service: Service
    folder: Path
    _seen: State = field(default_factory=dict)
    _since: dict[Path, float] = field(default_factory=dict)
    _refused: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def look(self) -> None:
        """Note which files have changed since the last look, and when that was first seen."""
        now, seen = time.monotonic(), {}
        for path in self._inside(self.folder):
            try:
                found = path.stat()
            except OSError:  # it was moved away meanwhile
                continue
            seen[path] = (found.st_size, found.st_mtime_ns)
            if self._seen.get(path) != seen[path]:
                self._since[path] = now
        self._seen = seen
        self._since = {path: since for path, since in self._since.items() if path in seen}

    def take(self, *, still: float) -> None:
        """Import each folder of a unit, and each with a list, that has not changed for so many seconds."""
        for place in sorted(path for path in self.folder.iterdir() if path.is_dir() and not self._is_left(path)):
            files = [path for path in self._inside(place) if path.name != _WRONG]
            sheet = next((place / name for name in _LISTS if place / name in files), None)
            if not files or any(time.monotonic() - self._since.get(path, time.monotonic()) < still for path in files):
                continue
            if sheet:
                self._take_listed(place, sheet, files)
            elif self.service.campaign.unit_id(place.name):
                self._take_units(place, files)

    def _take_listed(self, place: Path, sheet: Path, files: list[Path]) -> None:
        if self._refused.get(sheet) == self._seen.get(sheet):
            return  # as wrong as it was
        named = {path.relative_to(place).as_posix(): path for path in files if path != sheet}
        unit = self.service.campaign.unit_named(place.name) if self.service.campaign.unit_id(place.name) else ""
        try:
            rows, errors = read_sheet(self.service.office.table(sheet), self.service.campaign, named, unit)
        except FootageError as error:
            self._refuse(sheet, [error.text])
            return
        if errors:
            self._refuse(sheet, _sentences(errors))
            return
        (place / _WRONG).unlink(missing_ok=True)
        done = [self._import(row, named[row.file]) for row in rows]
        if all(done):
            self._move(place, [*files])

    def _take_units(self, place: Path, files: list[Path]) -> None:
        unit = self.service.campaign.unit_named(place.name)
        done = [path for path in files if self._import(SheetRow(0, path.name, "", Said(unit=unit)), path)]
        self._move(place, done)

    def _import(self, row: SheetRow, path: Path) -> bool:
        """Import a file and tell of it; return False where it may be tried again."""
        try:
            result = import_one(self.service, row, path)
        except (FootageError, OSError) as error:
            text = error.text if isinstance(error, FootageError) else "读不出这个文件。"
            show.err.print(f"{plain(path.name)}：{text}", markup=False, soft_wrap=True)
            return False
        show.out.print(f"{plain(path.name)}：{result['text'] or '已导入'}", markup=False, soft_wrap=True)
        return True

    def _refuse(self, sheet: Path, sentences: list[str]) -> None:
        """Write what is wrong beside a list; it is read again once it changes."""
        self._refused[sheet] = self._seen[sheet]
        text = "\r\n".join([f"{sheet.name} 有 {len(sentences)} 处要改，现在一件也没有导入：", *sentences, ""])
        (sheet.parent / _WRONG).write_text(text, encoding="utf-8-sig")
        show.err.print(f"{plain(sheet.parent.name)}：清单有 {len(sentences)} 处要改。", markup=False)

    def _move(self, place: Path, files: list[Path]) -> None:
        """Move what was imported under `已导入`, and remove folders that are left empty."""
        for path in files:
            target = self.folder / _DONE / path.relative_to(self.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, _free(target))
        for folder in sorted((path for path in place.rglob("*") if path.is_dir()), reverse=True):
            if not any(folder.iterdir()):
                folder.rmdir()

    def _inside(self, folder: Path) -> Iterator[Path]:
        yield from (path for path in files_of(folder) if not self._is_left(path))

    def _is_left(self, path: Path) -> bool:
        first = path.relative_to(self.folder).parts[0]
        return first == _DONE or first.startswith(".")


def _sentences(errors: list[SheetError]) -> list[str]:
    return [*told(errors)]


def _free(path: Path) -> Path:
    """Return the path, numbered where a file of that name was moved before."""
    number, free = 2, path
    while free.exists():
        free = path.with_name(f"{path.stem}({number}){path.suffix}")
        number += 1
    return free
