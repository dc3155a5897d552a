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
        """Return what was typed as a hazard of this unit, by name. Raises WrongUse."""
        for name, what in (("place", "地点"), ("responsible", "责任人")):
            if not getattr(self, name).strip():
                raise WrongUse(f"no {name}", code="hazard-invalid", text=f"请写上{what}。")
        found = _day(self.found, "排查日期")
        if found is None:
            raise WrongUse("no day", code="hazard-invalid", text="请写上排查日期。")
        return Hazard(
            number=self.number.strip(),
            unit=unit,
            place=self.place.strip(),
            text=_lines(self.text),
            level=self.level,
            found=found,
            deadline=_day(self.deadline, "整改期限"),
            responsible=self.responsible.strip(),
            measure=_lines(self.measure),
            state=self.state,
            done=_day(self.done, "完成日期"),
            pair=self.pair.strip(),
            items=tuple(self.item),
        )

    def typed(self) -> dict[str, Any]:
        """Return the fields as they were typed, to be shown again."""
        return {**self.model_dump(), "items": tuple(self.item)}


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


def _day(said: str, what: str) -> date | None:
    try:
        return date.fromisoformat(said.strip()) if said.strip() else None
    except ValueError:
        raise WrongUse(f"{what}: {said[:20]!r}", code="hazard-invalid", text=f"{what}没有填对。") from None
