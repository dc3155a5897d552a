"""Read cells of a spreadsheet under Chinese headings, and name every error by row and column. Does no I/O."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches

from pipelines.domain.campaign import Campaign

Headings = Mapping[str, tuple[str, ...]]  # by field, the heading that is shown first and the others that are known
Cell = object
Table = Sequence[Sequence[Cell]]
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?( 0?0:00(:00)?)?")
_TITLES, _SHOWN = 10, 60  # rows above the headings at most; characters of a cell that an error repeats
LONGEST = 200  # characters of a fact


@dataclass(frozen=True, slots=True)
class SheetError:
    """One error of a list. `row` as a spreadsheet counts; `column`: its heading; `said`: what the cell holds."""

    row: int
    column: str
    said: str
    wanted: str


@dataclass(frozen=True, slots=True)
class SheetColumns:
    """The columns of a table by field. `top`: the index of the row of headings; `errors`: of the headings."""

    top: int
    at: Mapping[str, int]
    errors: tuple[SheetError, ...]

    def rows(self, table: Table) -> Iterator[tuple[int, dict[str, Cell]]]:
        """Yield the number and the cells by field of each row that is not empty, below the headings."""
        for number, cells in enumerate(table[self.top + 1 :], self.top + 2):
            if any(text_of(cell) for cell in cells):
                yield number, {field: cells[at] if at < len(cells) else "" for field, at in self.at.items()}


def columns_of(table: Table, headings: Headings, key: str, ignored: Collection[str]) -> SheetColumns | None:
    """Find the row that has the heading of the field `key`, and the columns; None where there is no such row."""
    fields = {name: field for field, names in headings.items() for name in names}
    for top, cells in enumerate(table[:_TITLES]):
        named = [_heading(cell) for cell in cells]
        if not set(headings[key]) & {*named}:
            continue
        columns: dict[str, int] = {}
        errors = []
        for at, name in enumerate(named):
            field = fields.get(name)
            if field in columns:
                errors.append(SheetError(top + 1, name, name, "这一列出现了两次，请删掉一列"))
            elif field:
                columns[field] = at
            elif name and name not in ignored:
                errors.append(SheetError(top + 1, name, name, f"不认识这一列；可用：{shown(headings)}、备注"))
        return SheetColumns(top, columns, tuple(errors))
    return None


def shown(headings: Headings) -> str:
    """Return the headings in words."""
    return "、".join(names[0] for names in headings.values())


def without_headings(headings: Headings, key: str) -> SheetError:
    """Return the error of a table that has no row of headings."""
    column = headings[key][0]
    return SheetError(1, column, "", f"表头要有“{column}”一列；可用的列：{shown(headings)}")


class CellReader:
    """The reader of one row's cells, which collects its errors, the first of each cell."""

    def __init__(self, number: int, cells: Mapping[str, Cell], headings: Headings, campaign: Campaign) -> None:
        self.errors: list[SheetError] = []
        self.number = number
        self._cells, self._headings, self._campaign = cells, headings, campaign

    def has(self, field: str) -> bool:
        """Tell whether the table has the field's column."""
        return field in self._cells

    def text(self, field: str) -> str:
        """Return what a cell shows, on one line; empty for a formula's error, which is told."""
        return re.sub(r"\s*[\r\n\t]\s*", " ", self.lines(field))

    def lines(self, field: str, most: int = 0) -> str:
        """Return what a cell shows, with its line breaks, of at most so many characters."""
        said = text_of(self._cells.get(field, ""))
        if most and len(said) > most:
            self.wrong(field, f"最多 {most} 字")
        if said.startswith("#") and said.endswith(("!", "?", "A")):
            self.wrong(field, "这一格是出错的公式，请改成文字")
            return ""
        return said

    def short(self, field: str, most: int = LONGEST) -> str:
        """Return a text of at most so many characters."""
        said = self.text(field)
        if len(said) > most:
            self.wrong(field, f"最多 {most} 字")
        return said

    def needed(self, field: str, most: int = LONGEST) -> str:
        """Return a text that must be there."""
        said = self.short(field, most)
        if not said:
            self.wrong(field, f"写上{self._headings[field][0]}")
        return said

    def unit(self, field: str, otherwise: str = "") -> str:
        """Return the name of a unit of the campaign. `otherwise`: of rows that name none."""
        said = self.text(field) or otherwise
        units = self._campaign.units.values()
        name = self._campaign.unit_named(said)
        if not said:
            self.wrong(field, "写上单位")
        elif name not in units:
            near = get_close_matches(said, [*units, *self._campaign.aliases], 1, 0.4)
            hint = f"，是不是“{self._campaign.unit_named(near[0])}”" if near else f"；可用：{'、'.join(units)}"
            self.wrong(field, f"活动里没有这个单位{hint}")
        return name

    def named(self, field: str, names: Mapping[str, str], what: str) -> str:
        """Return the key of what is named by its key or its name; empty where nothing is said."""
        said = self.text(field)
        if not said or said in names:
            return said
        for code, name in names.items():
            if plain_name(name) == plain_name(said):
                return code
        self.wrong(field, f"没有这个{what}；可用：{'、'.join(names.values())}")
        return ""

    def day(self, field: str) -> date | None:
        """Return a day; None where nothing is said."""
        cell = self._cells.get(field)
        if isinstance(cell, datetime):
            return cell.date()
        if isinstance(cell, date):
            return cell
        said = self.text(field)
        if not said:
            return None
        try:
            if found := _DAY.fullmatch(said):
                return date(*map(int, found.groups()[:3]))
        except ValueError:
            self.wrong(field, "没有这一天，请核对日期")
        self.wrong(field, "写成 2001-02-03 这样的日期")
        return None

    def wrong(self, field: str, wanted: str) -> None:
        """Note that a cell is wrong, unless something is wrong with it already."""
        said, column = text_of(self._cells.get(field, ""))[:_SHOWN], self._headings[field][0]
        if column not in {error.column for error in self.errors}:
            self.errors.append(SheetError(self.number, column, said, wanted))


def text_of(cell: Cell) -> str:
    """Return what a cell shows: a whole number without a point, no control characters, no spaces around it."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    kept = "".join(char for char in str(cell) if unicodedata.category(char)[0] != "C" or char == "\n")
    return kept.strip()


def plain_name(name: str) -> str:
    """Return a name without what people write differently: width, capitals, punctuation and spaces."""
    return "".join(char for char in unicodedata.normalize("NFKC", name).casefold() if char.isalnum())


def told(errors: Sequence[SheetError]) -> Iterator[str]:
    """Yield a sentence for each error: where it is, what is there, and what to write."""
    for error in errors:
        said = f"“{error.said}”：" if error.said else ""
        yield f"第 {error.row} 行“{error.column}”：{said}{error.wanted}。"


def _heading(cell: Cell) -> str:
    return re.sub(r"\s|\*|[(（].*?[)）]", "", text_of(cell)).casefold()
