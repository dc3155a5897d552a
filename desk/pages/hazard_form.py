"""Read the form of one hazard, and fill it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from pipelines.domain.errors import WrongUse
from pipelines.domain.hazards import Hazard, HazardState
from pipelines.service import KeptHazard

Short = Annotated[str, Field(max_length=200)]
Long = Annotated[str, Field(max_length=2000)]


class HazardForm(BaseModel):
    """The fields of the form as they were typed. `item`: the jobs ticked; `revision`: what its author has read."""

    model_config = ConfigDict(extra="forbid")

    number: Annotated[str, Field(max_length=40)] = ""
    unit: Short = ""
    place: Short = ""
    text: Long = ""
    level: Short = ""
    found: Short = ""
    deadline: Short = ""
    responsible: Short = ""
    measure: Long = ""
    state: HazardState = "open"
    done: Short = ""
    pair: Short = ""
    item: Annotated[list[str], Field(max_length=50)] = []
    revision: int = 0

    def hazard(self, unit: str) -> Hazard:
        """Return what was typed as a hazard of this unit, by name.

        Raises WrongUse, which names every field that is empty or no day.
        """
        lacking = [f"请写上{word}。" for name, word in _REQUIRED.items() if not getattr(self, name).strip()]
        wrong = [f"{word}没有填对。" for name, word in _DAYS.items() if not _is_day(getattr(self, name))]
        if lacking or wrong:
            raise WrongUse("fields are missing", code="hazard-invalid", text="".join([*lacking, *wrong]))
        return Hazard(
            number=self.number.strip(),
            unit=unit,
            place=self.place.strip(),
            text=_lines(self.text),
            level=self.level,
            found=date.fromisoformat(self.found.strip()),
            deadline=_day(self.deadline),
            responsible=self.responsible.strip(),
            measure=_lines(self.measure),
            state=self.state,
            done=_day(self.done),
            pair=self.pair.strip(),
            items=tuple(self.item),
        )

    def typed(self) -> dict[str, Any]:
        """Return the fields as they were typed, to be shown again."""
        return {**self.model_dump(), "items": tuple(self.item)}


_REQUIRED = {"place": "地点", "found": "排查日期", "responsible": "责任人"}
_DAYS = {"found": "排查日期", "deadline": "整改期限", "done": "完成日期"}
_TEXTS = ("number", "place", "text", "level", "responsible", "measure", "pair")
BLANK = HazardForm().typed()


def fields_of(kept: KeptHazard) -> dict[str, Any]:
    """Return the fields of a form that shows a hazard."""
    hazard = kept.hazard
    texts = {name: getattr(hazard, name) for name in (*_TEXTS, "unit", "state", "items")}
    days = {name: str(getattr(hazard, name) or "") for name in ("found", "deadline", "done")}
    return {**texts, **days, "revision": kept.revision}


def _lines(typed: str) -> str:
    """Return a text with the line ends that are kept; a form sends others."""
    return typed.replace("\r\n", "\n").strip()


def _day(said: str) -> date | None:
    return date.fromisoformat(said.strip()) if said.strip() else None


def _is_day(said: str) -> bool:
    """Tell whether it is a day, or nothing."""
    try:
        _day(said)
    except ValueError:
        return False
    return True
