"""Keep the two lists (两个清单), hazards found and measures taken: filter, save, import, export."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipelines.domain.errors import EditedMeanwhile, UnknownJob, WrongUse
from pipelines.domain.hazard_sheet import HEADINGS, HazardRow, read_hazards
from pipelines.domain.hazards import Hazard, wrongs
from pipelines.domain.sheet_cells import SheetError
from pipelines.domain.wording import plain
from pipelines.jobs.hazard_evidence import exposure_of, pictures_of, shown_by
from pipelines.jobs.tables import read_table
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from storage.hazards import HazardRecord
from storage.records import Asset, Job, is_job_id

_MOST_ITEMS = 50
_MEANWHILE = "这一条刚被别人改过，或者编号与另一条相同，您的修改没有保存。请看过最新的内容再改。"


class SheetInvalid(WrongUse):
    """The error of a list in which something is wrong; `errors` name every place."""

    code = "sheet-invalid"

    def __init__(self, errors: Sequence[SheetError]) -> None:
        text = f"清单有 {len(errors)} 处要改，改好再导入；现在一条也没有导入。"
        super().__init__(f"{len(errors)} errors", text=text)
        self.errors = tuple(errors)


@dataclass(frozen=True, slots=True)
class KeptHazard:
    """A hazard with its id, and the revision that a change of it must have seen."""

    id: str
    revision: int
    author: str
    hazard: Hazard


@dataclass(frozen=True, slots=True)
class HazardLists:
    """The verbs of both lists, bound to one work context."""

    context: WorkContext

    @property
    def today(self) -> date:
        """Return the day in the campaign's zone."""
        return datetime.now(self.context.campaign.zone).date()

    def find(
        self, unit: str = "", state: str = "", level: str = "", words: str = "", *, overdue: bool = False
    ) -> list[KeptHazard]:
        """Return the hazards that match every given criterion, by day and number. `unit`: id, name or alias."""
        with translated():
            kept = [_kept(row) for row in self.context.ledger.hazards.all(self.context.campaign.unit_named(unit))]
        today, said = self.today, words.casefold().split()
        return [
            one
            for one in kept
            if (not state or one.hazard.state == state)
            and (not level or one.hazard.level == level)
            and (not overdue or one.hazard.is_overdue(today))
            and all(word in _searched(one.hazard) for word in said)
        ]

    def of(self, hazard: str) -> KeptHazard:
        """Return a hazard by its id. Raises UnknownJob."""
        with translated():
            row = self.context.ledger.hazards.of(hazard)
        if row is None:
            raise UnknownJob(f"no hazard {hazard[:40]!r}", text="没有这一条隐患。")
        return _kept(row)

    def save(self, hazard: Hazard, author: str, old: KeptHazard | None = None) -> KeptHazard:
        """Add a hazard, or change one as it was read.

        Raises WrongUse, which names every broken rule, and EditedMeanwhile.
        """
        hazard = replace(hazard, items=self._known(hazard.items, hazard.unit))
        if wrong := [*wrongs(hazard, self.context.campaign, self.today)]:
            text = "".join(f"{HEADINGS[field][0]}：{wanted}。" for field, wanted in wrong)
            raise WrongUse(f"{len(wrong)} fields", code="hazard-invalid", text=text)
        book = self.context.ledger.hazards
        values = {**_values(hazard), "author": author}
        with translated():
            if old:
                values["number"] = hazard.number or old.hazard.number
                saved = book.save(old.id, old.revision, values)
            else:
                saved = book.add(values, hazard.found.year)
        if saved is None:
            raise EditedMeanwhile("the hazard was changed meanwhile", text=_MEANWHILE)
        return _kept(saved)

    def read(self, path: Path, unit: str = "") -> list[HazardRow]:
        """Return the rows of a spreadsheet. `unit`: the only one it may be about. Raises SheetInvalid, WrongUse."""
        table = read_table(self.context, path)
        rows, errors = read_hazards(table, self.context.campaign, self.today, unit)
        with translated():
            known = {row.number: row for row in self.context.ledger.hazards.all()}
        errors += [error for row in rows for error in (*self._strange(row), *_beyond(row, unit, known))]
        if errors:
            raise SheetInvalid(sorted(errors, key=lambda error: error.row))
        return rows

    def put(self, rows: Sequence[HazardRow], author: str, unit: str = "") -> tuple[int, int]:
        """Enter rows, all or none; return how many were new and how many were changed.

        `unit`: the only one whose hazards may be changed. Raises EditedMeanwhile where a row is another's by now.
        """
        values = []
        for row in rows:
            hazard = replace(row.hazard, items=self._known(row.hazard.items, row.hazard.unit))
            kept = {name: value for name, value in _values(hazard).items() if name in row.given | {"unit"}}
            values.append({**kept, "author": author})
        with translated():
            made = self.context.ledger.hazards.put(values, self.today.year, unit)
        if made is None:
            raise EditedMeanwhile("a number is another unit's by now", text=_MEANWHILE)
        new = sum(is_new for _, is_new in made)
        return new, len(made) - new

    def as_xlsx(self, hazards: Sequence[KeptHazard]) -> bytes:
        """Return both lists as XLSX; the first sheet can be imported again."""
        from pipelines.tools.documents.hazard_sheets import lists_as_xlsx  # a fifth of a second, and only here

        return lists_as_xlsx([one.hazard for one in hazards], self.today)

    def shown_by(self, hazard: Hazard) -> list[Job]:
        """Return the jobs that show a hazard: those it names, and both of its before-and-after pair."""
        return shown_by(self.context, hazard)

    def pictures_of(self, jobs: Sequence[Job]) -> list[tuple[Job, Asset]]:
        """Return what shows a hazard best: the pair side by side, stills, photos; else thumbnails."""
        return pictures_of(self.context, jobs)

    def exposure(self, kept: KeptHazard) -> bytes:
        """Return the exposure sheet (曝光单) as PDF."""
        return exposure_of(self.context, kept.hazard, self.today)

    def _strange(self, row: HazardRow) -> list[SheetError]:
        """Return an error where a row names jobs that there are none of, or another unit's."""
        said = row.hazard.items
        if len(said) > _MOST_ITEMS:
            return [SheetError(row.row, HEADINGS["items"][0], f"{len(said)} 个", f"最多 {_MOST_ITEMS} 个任务编号")]
        known = self._resolved(said, row.hazard.unit)
        wrong = [one for one in said if one not in known]
        wanted = "没有这些任务，或者不是本单位的；写任务编号的前八位，用顿号隔开"
        return [SheetError(row.row, HEADINGS["items"][0], plain("、".join(wrong))[:60], wanted)] if wrong else []

    def _known(self, said: Collection[str], unit: str) -> tuple[str, ...]:
        """Return the ids of the jobs that are named. Raises WrongUse for one that is unknown, or another unit's."""
        known = self._resolved(said, unit)
        if wrong := [one for one in said if one not in known]:
            text = f"没有这些任务，或者不是本单位的：{plain('、'.join(wrong))[:100]}。"
            raise WrongUse(f"items {wrong!r:.200}", code="hazard-invalid", text=text)
        return tuple(dict.fromkeys(known[one] for one in said))

    def _resolved(self, said: Collection[str], unit: str) -> Mapping[str, str]:
        """Return by what is said the id of the one job of the unit that begins so."""
        found: dict[str, str] = {}
        ledger = self.context.ledger
        with translated():
            for one in said:
                ids = [one] if is_job_id(one) else ledger.ids(one) if one.isalnum() and len(one) >= 6 else []
                jobs = [job for job in ledger.jobs(ids) if job.unit == unit]
                if len(jobs) == 1:
                    found[one] = jobs[0].id
        return found


def _beyond(row: HazardRow, unit: str, known: Mapping[str, HazardRecord]) -> Iterator[SheetError]:
    """Yield where a unit's own list would change another unit's hazard, or review one: that is the office's."""
    old = known.get(row.hazard.number)
    if unit and old and old.unit != unit:
        yield SheetError(row.row, HEADINGS["number"][0], row.hazard.number, "别的单位已用了这个编号，请改或留空")
    elif unit and old and old.state == "reviewed":
        if replace(row.hazard, items=()) != replace(_kept(old).hazard, items=()):
            yield SheetError(row.row, HEADINGS["number"][0], row.hazard.number, "已复查的由县里改，请删掉这一行")
    elif unit and row.hazard.state == "reviewed":
        yield SheetError(row.row, HEADINGS["state"][0], "", "复查由县里填，本单位写“已整改”")


def _kept(row: HazardRecord) -> KeptHazard:
    hazard = Hazard(
        number=row.number,
        unit=row.unit,
        place=row.place,
        text=row.text,
        level=row.level,
        found=date.fromisoformat(row.found),
        deadline=date.fromisoformat(row.deadline) if row.deadline else None,
        responsible=row.responsible,
        measure=row.measure,
        state=row.state,  # type: ignore[arg-type] # written by _values alone
        done=date.fromisoformat(row.done) if row.done else None,
        pair=row.pair,
        items=row.items,
    )
    return KeptHazard(row.id, row.revision, row.author, hazard)


def _values(hazard: Hazard) -> dict[str, Any]:
    days = {name: day.isoformat() if (day := getattr(hazard, name)) else "" for name in ("found", "deadline", "done")}
    texts = ("number", "unit", "place", "text", "level", "responsible", "measure", "state", "pair")
    return {**{name: getattr(hazard, name) for name in texts}, **days, "items": hazard.items}


def _searched(hazard: Hazard) -> str:
    parts = (hazard.number, hazard.unit, hazard.place, hazard.text, hazard.responsible, hazard.measure)
    return " ".join(parts).casefold()
