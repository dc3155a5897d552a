"""Read the rows of a list of files and their facts, and name every error by row and column. This module does no I/O.

Either all rows are right or none is taken: a list that is half imported can't be imported again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Literal

from pipelines.domain.campaign import Campaign
from pipelines.domain.model import Said

Field = Literal["file", "unit", "programme", "activity", "place", "date", "pair", "side"]
HEADINGS: Mapping[Field, tuple[str, ...]] = {
    "file": ("文件名", "文件", "file"),
    "unit": ("单位", "报送单位", "unit"),
    "programme": ("栏目", "programme"),
    "activity": ("活动", "activity"),
    "place": ("地点", "拍摄地点", "place"),
    "date": ("日期", "拍摄日期", "活动日期", "date"),
    "pair": ("对照编号", "前后对照编号", "pair"),
    "side": ("前后", "整改前后", "side"),
}
_IGNORED = {"", "序号", "编号", "备注", "说明", "no"}
Side = Literal["", "before", "after"]
_SIDES: Mapping[str, Side] = {
    "整改前": "before",
    "前": "before",
    "before": "before",
    "整改后": "after",
    "后": "after",
    "after": "after",
}
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_TITLES, _LONGEST = 10, 200  # rows above the headings at most; characters of a fact
Cell = object


@dataclass(frozen=True, slots=True)
class SheetError:
    """One error of a list. `row` as a spreadsheet counts; `column`: its heading; `said`: what the cell holds."""

    row: int
    column: str
    said: str
    wanted: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One file of a list and what is said of it. `programme` is empty where the list names none."""

    row: int
    file: str
    programme: str
    said: Said


def read_sheet(
    table: Sequence[Sequence[Cell]], campaign: Campaign, files: Collection[str], unit: str = ""
) -> tuple[list[SheetRow], list[SheetError]]:
    """Return the rows of a list, and every error in it.

    `files`: the files that there are, by their paths within the folder. `unit`: of rows that name none.
    """
    found = _headings(table)
    if found is None:
        first = "、".join(names[0] for names in HEADINGS.values())
        return [], [SheetError(1, "文件名", "", f"表头要有“文件名”一列；可用的列：{first}")]
    top, columns, errors = found
    rows: list[SheetRow] = []
    seen: dict[str, int] = {}
    for number, cells in enumerate(table[top + 1 :], top + 2):
        if not any(_text(cell) for cell in cells):
            continue
        reader = _RowReader(
            number, {field: cells[at] if at < len(cells) else "" for field, at in columns.items()}, campaign
        )
        row = reader.row(files, unit, seen)
        errors += reader.errors
        rows.append(row)
    if not rows and not errors:
        errors = [SheetError(top + 2, "文件名", "", "表头下面没有内容")]
    return ([] if errors else rows), errors


def _headings(table: Sequence[Sequence[Cell]]) -> tuple[int, dict[Field, int], list[SheetError]] | None:
    """Return the row of the headings, the column of each field, and errors of headings; None where there are none."""
    for top, cells in enumerate(table[:_TITLES]):
        named = [_heading(cell) for cell in cells]
        if "file" not in {_field(name) for name in named}:
            continue
        columns: dict[Field, int] = {}
        errors = []
        for at, name in enumerate(named):
            field = _field(name)
            if field in columns:
                errors.append(SheetError(top + 1, name, name, "这一列出现了两次，请删掉一列"))
            elif field:
                columns[field] = at
            elif name not in _IGNORED:
                known = "、".join(names[0] for names in HEADINGS.values())
                errors.append(SheetError(top + 1, name, name, f"不认识这一列；可用：{known}、备注"))
        return top, columns, errors
    return None


def _heading(cell: Cell) -> str:
    return re.sub(r"\s|\*|[(（].*?[)）]", "", _text(cell)).casefold()


def _field(name: str) -> Field | None:
    return next((field for field, names in HEADINGS.items() if name in names), None)


class _RowReader:
    """The reader of one row, which collects its errors."""

    def __init__(self, number: int, cells: Mapping[Field, Cell], campaign: Campaign) -> None:
        self.errors: list[SheetError] = []
        self._number, self._cells, self._campaign = number, cells, campaign

    def row(self, files: Collection[str], unit: str, seen: dict[str, int]) -> SheetRow:
        campaign, file = self._campaign, self._file(files, seen)
        activities = {code: rule.name for code, rule in campaign.activities.items()}
        programmes = {code: rule.name for code, rule in campaign.programmes.items()}
        said = Said(
            unit=self._unit(unit),
            activity=self._named("activity", activities, "活动"),
            place=self._short("place"),
            date=self._date(),
            pair=self._short("pair"),
            side=self._side(),
        )
        return SheetRow(self._number, file, self._named("programme", programmes, "栏目"), said)

    def _file(self, files: Collection[str], seen: dict[str, int]) -> str:
        name = self._of("file").replace("\\", "/").removeprefix("./")
        if not name:
            self._wrong("file", "写上文件名")
        elif name not in files:
            near = get_close_matches(name, files, 1)
            self._wrong("file", f"文件夹里没有这个文件{f'，是不是“{near[0]}”' if near else ''}")
        elif first := seen.get(name):
            self._wrong("file", f"与第 {first} 行是同一个文件，请删掉一行")
        seen.setdefault(name, self._number)
        return name

    def _unit(self, otherwise: str) -> str:
        said = self._of("unit") or otherwise
        name = self._campaign.unit_named(said)
        if not said:
            self._wrong("unit", "写上单位")
        elif name not in self._campaign.units.values():
            near = get_close_matches(said, [*self._campaign.units.values(), *self._campaign.aliases], 1, 0.4)
            hint = (
                f"，是不是“{self._campaign.unit_named(near[0])}”"
                if near
                else f"；可用：{'、'.join(self._campaign.units.values())}"
            )
            self._wrong("unit", f"活动里没有这个单位{hint}")
        return name

    def _named(self, field: Field, names: Mapping[str, str], what: str) -> str:
        said = self._of(field)
        if not said or said in names:
            return said
        for code, name in names.items():
            if _plain(name) == _plain(said):
                return code
        self._wrong(field, f"没有这个{what}；可用：{'、'.join(names.values())}")
        return ""

    def _short(self, field: Field) -> str:
        said = self._of(field)
        if len(said) > _LONGEST:
            self._wrong(field, f"最多 {_LONGEST} 字")
        return said

    def _date(self) -> date | None:
        cell = self._cells.get("date")
        if isinstance(cell, datetime):
            return cell.date()
        if isinstance(cell, date):
            return cell
        said = self._of("date")
        if not said:
            return None
        try:
            if found := _DAY.fullmatch(said):
                return date(*map(int, found.groups()))
        except ValueError:
            pass
        self._wrong("date", "写成 2001-02-03 这样的日期")
        return None

    def _side(self) -> Side:
        said, pair = self._of("side"), self._of("pair")
        side: Side = _SIDES.get(said.casefold(), "")
        if said and not side:
            self._wrong("side", "写“整改前”或“整改后”")
        elif bool(said) != bool(pair):
            self._wrong("side" if pair else "pair", "“对照编号”和“前后”要一起写")
        return side

    def _of(self, field: Field) -> str:
        said = _text(self._cells.get(field, ""))
        if said.startswith("#") and said.endswith(("!", "?", "A")):
            self._wrong(field, "这一格是出错的公式，请改成文字")
            return ""
        return said

    def _wrong(self, field: Field, wanted: str) -> None:
        said = _text(self._cells.get(field, ""))[:60]
        column = HEADINGS[field][0]
        if column not in {error.column for error in self.errors}:  # the first error of a cell is the one to mend
            self.errors.append(SheetError(self._number, column, said, wanted))


def _text(cell: Cell) -> str:
    """Return what a cell shows: a whole number without a point, no control characters, no spaces around it."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    shown = "".join(char for char in str(cell) if unicodedata.category(char)[0] != "C")
    return shown.strip()


def _plain(name: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", name).casefold() if char.isalnum())


def told(errors: Sequence[SheetError]) -> Iterator[str]:
    """Yield a sentence for each error: where it is, what is there, and what to write."""
    for error in errors:
        said = f"“{error.said}”：" if error.said else ""
        yield f"第 {error.row} 行“{error.column}”：{said}{error.wanted}。"
