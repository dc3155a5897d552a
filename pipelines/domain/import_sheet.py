"""Read the rows of a list of files and their facts, and name every error by row and column. This module does no I/O.

Either all rows are right or none is taken: a list that is half imported can't be imported again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from pipelines.domain.campaign import Campaign
from pipelines.domain.model import Said
from pipelines.domain.sheet_cells import CellReader, SheetError, Table, columns_of, without_headings

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "file": ("文件名", "文件", "file"),
    "unit": ("单位", "报送单位", "unit"),
    "programme": ("栏目", "programme"),
    "activity": ("活动", "activity"),
    "place": ("地点", "拍摄地点", "place"),
    "date": ("日期", "拍摄日期", "活动日期", "date"),
    "pair": ("对照编号", "前后对照编号", "pair"),
    "side": ("前后", "整改前后", "side"),
}
_IGNORED = {"序号", "编号", "备注", "说明", "no"}
Side = Literal["", "before", "after"]
_SIDES: Mapping[str, Side] = {
    "整改前": "before",
    "前": "before",
    "before": "before",
    "整改后": "after",
    "后": "after",
    "after": "after",
}


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One file of a list and what is said of it. `programme` is empty where the list names none."""

    row: int
    file: str
    programme: str
    said: Said


def read_sheet(
    table: Table, campaign: Campaign, files: Collection[str], unit: str = ""
) -> tuple[list[SheetRow], list[SheetError]]:
    """Return the rows of a list, and every error in it.

    `files`: the files that there are, by their paths within the folder. `unit`: of rows that name none.
    """
    columns = columns_of(table, HEADINGS, "file", _IGNORED)
    if columns is None:
        return [], [without_headings(HEADINGS, "file")]
    errors = [*columns.errors]
    rows: list[SheetRow] = []
    seen: dict[str, int] = {}
    for number, cells in columns.rows(table):
        reader = CellReader(number, cells, HEADINGS, campaign)
        rows.append(_row(reader, campaign, files, unit, seen))
        errors += reader.errors
    if not rows and not errors:
        errors = [SheetError(columns.top + 2, "文件名", "", "表头下面没有内容")]
    return ([] if errors else rows), errors


def _row(reader: CellReader, campaign: Campaign, files: Collection[str], unit: str, seen: dict[str, int]) -> SheetRow:
    activities = {code: rule.name for code, rule in campaign.activities.items()}
    programmes = {code: rule.name for code, rule in campaign.programmes.items()}
    file = _file(reader, files, seen)
    said = Said(
        unit=reader.unit("unit", unit),
        activity=reader.named("activity", activities, "活动"),
        place=reader.short("place"),
        date=reader.day("date"),
        pair=reader.short("pair"),
        side=_side(reader),
    )
    return SheetRow(reader.number, file, reader.named("programme", programmes, "栏目"), said)


def _file(reader: CellReader, files: Collection[str], seen: dict[str, int]) -> str:
    name = reader.text("file").replace("\\", "/").removeprefix("./")
    if not name:
        reader.wrong("file", "写上文件名")
    elif name not in files:
        near = get_close_matches(name, files, 1)
        reader.wrong("file", f"文件夹里没有这个文件{f'，是不是“{near[0]}”' if near else ''}")
    elif first := seen.get(name):
        reader.wrong("file", f"与第 {first} 行是同一个文件，请删掉一行")
    seen.setdefault(name, reader.number)
    return name


def _side(reader: CellReader) -> Side:
    said, pair = reader.text("side"), reader.text("pair")
    side: Side = _SIDES.get(said.casefold(), "")
    if said and not side:
        reader.wrong("side", "写“整改前”或“整改后”")
    elif bool(said) != bool(pair):
        reader.wrong("side" if pair else "pair", "“对照编号”和“前后”要一起写")
    return side
