"""Read and write the list of hazards as a spreadsheet; every error is named by row and column. Does no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pipelines.domain.campaign import Campaign
from pipelines.domain.hazards import HAZARD_STATES, LONGEST, Hazard, HazardState, words_of, wrongs
from pipelines.domain.sheet_cells import CellReader, SheetError, Table, columns_of, without_headings
from pipelines.domain.wording import plain, short

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "number": ("编号", "隐患编号", "number"),
    "unit": ("单位", "责任单位", "unit"),
    "place": ("地点", "隐患地点", "place"),
    "text": ("隐患情况", "隐患描述", "存在问题", "hazard"),
    "level": ("级别", "隐患级别", "等级", "level"),
    "found": ("排查日期", "发现日期", "检查日期", "found"),
    "deadline": ("整改期限", "期限", "deadline"),
    "responsible": ("责任人", "整改责任人", "responsible"),
    "measure": ("整改措施", "措施", "measure"),
    "state": ("整改情况", "状态", "state"),
    "done": ("完成日期", "整改完成日期", "done"),
    "pair": ("对照编号", "前后对照编号", "pair"),
    "items": ("佐证素材", "任务", "items"),
}
_IGNORED = {"序号", "备注", "说明", "期限提示", "no"}
_STATES: Mapping[str, HazardState] = {
    **{name: state for state, name in HAZARD_STATES.items()},
    "复查": "reviewed",
    "复查合格": "reviewed",
    "整改完成": "fixed",
    "正在整改": "fixing",
}
_NUMBER = 40  # characters
_MOST_ROWS = 5000
_NEVER = date(1, 1, 1)  # stands for a day that is missing, which is told


@dataclass(frozen=True, slots=True)
class HazardRow:
    """One row of the list, whose items are not yet known to be jobs. `given`: the fields that the list has."""

    row: int
    hazard: Hazard
    given: frozenset[str]


def read_hazards(
    table: Table, campaign: Campaign, today: date, unit: str = ""
) -> tuple[list[HazardRow], list[SheetError]]:
    """Return the rows of a list of hazards, and every error in it; one error, and there are no rows.

    `unit`: the name of the only unit that the list may be about; empty for all.
    """
    columns = columns_of(table, HEADINGS, "text", _IGNORED)
    if columns is None:
        return [], [without_headings(HEADINGS, "text")]
    errors = [*columns.errors]
    rows: list[HazardRow] = []
    numbers: dict[str, int] = {}
    for number, cells in columns.rows(table):
        reader = CellReader(number, cells, HEADINGS, campaign)
        given = frozenset(field for field in HEADINGS if reader.has(field))
        rows.append(HazardRow(number, _hazard(reader, campaign, today, unit, numbers), given))
        errors += reader.errors
    if len(rows) > _MOST_ROWS:
        errors = [SheetError(columns.top + _MOST_ROWS, HEADINGS["text"][0], "", f"最多 {_MOST_ROWS} 行，请分成几份")]
    if not rows and not errors:
        errors = [SheetError(columns.top + 2, HEADINGS["text"][0], "", "表头下面没有内容")]
    return ([] if errors else rows), errors


def _hazard(reader: CellReader, campaign: Campaign, today: date, unit: str, numbers: dict[str, int]) -> Hazard:
    found = reader.day("found")
    if found is None:
        reader.wrong("found", "写上排查日期，如 2001-02-03")
    hazard = Hazard(
        number=_number(reader, numbers),
        unit=_unit(reader, unit),
        place=reader.needed("place"),
        text=_needed_lines(reader, "text"),
        level=_level(reader, campaign),
        found=found or _NEVER,
        deadline=reader.day("deadline"),
        responsible=reader.needed("responsible"),
        measure=reader.lines("measure", LONGEST),
        state=_state(reader),
        done=reader.day("done"),
        pair=reader.short("pair"),
        items=tuple(re.findall(r"[^\s、，,；;]+", reader.text("items"))),
    )
    for field, wanted in wrongs(hazard, campaign, today):
        reader.wrong(field, wanted)
    return hazard


def _needed_lines(reader: CellReader, field: str) -> str:
    said = reader.lines(field, LONGEST)
    if not said:
        reader.wrong(field, f"写上{HEADINGS[field][0]}")
    return said


def _number(reader: CellReader, numbers: dict[str, int]) -> str:
    number = reader.short("number", _NUMBER)
    if number and (first := numbers.setdefault(number, reader.number)) != reader.number:
        reader.wrong("number", f"与第 {first} 行的编号相同，请改成不同的编号")
    return number


def _unit(reader: CellReader, only: str) -> str:
    name = reader.unit("unit", only)
    if only and name != only:
        reader.wrong("unit", f"只能填本单位“{only}”")
    return name


def _level(reader: CellReader, campaign: Campaign) -> str:
    return reader.named("level", {level: level for level in campaign.hazards.levels}, "级别")


def _state(reader: CellReader) -> HazardState:
    said = reader.text("state")
    if said and said not in _STATES:
        reader.wrong("state", f"写 {'、'.join(HAZARD_STATES.values())} 之一")
    return _STATES.get(said, "open")


def hazard_cells(hazard: Hazard, today: date) -> tuple[str, ...]:
    """Return a hazard's row, in the order of HEADINGS, and how it stands against its deadline.

    What `read_hazards` reads of it is the same hazard.
    """
    deadline, done = (day.isoformat() if day else "" for day in (hazard.deadline, hazard.done))
    return (
        *(plain(part) for part in (hazard.number, hazard.unit, hazard.place)),
        *(_lines(hazard.text), hazard.level, hazard.found.isoformat(), deadline, plain(hazard.responsible)),
        *(_lines(hazard.measure), HAZARD_STATES[hazard.state], done, plain(hazard.pair)),
        *("、".join(short(job) for job in hazard.items), words_of(hazard, today)),
    )


def titles() -> tuple[str, ...]:
    """Return the headings of a written list."""
    return (*(names[0] for names in HEADINGS.values()), "期限提示")


def measures(hazards: Sequence[Hazard]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the second list: what was done against each hazard that a measure was taken against."""
    for hazard in hazards:
        if hazard.measure:
            done = hazard.done.isoformat() if hazard.done else ""
            what = (hazard.number, hazard.unit, _lines(hazard.text), _lines(hazard.measure), hazard.responsible)
            yield (*what, HAZARD_STATES[hazard.state], done, "有" if hazard.pair or hazard.items else "")


MEASURE_TITLES = ("编号", "单位", "隐患情况", "整改措施", "责任人", "整改情况", "完成日期", "佐证")


def _lines(text: str) -> str:
    return "\n".join(plain(line) for line in text.splitlines())
