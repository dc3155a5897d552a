"""Hold what is said of a hazard and of the measures against it (两个清单), and judge it against its deadline. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pipelines.domain.campaign import Campaign

HazardState = Literal["open", "fixing", "fixed", "reviewed"]
HAZARD_STATES: Mapping[HazardState, str] = {
    "open": "未整改",
    "fixing": "整改中",
    "fixed": "已整改",
    "reviewed": "已复查",
}
CORRECTED: frozenset[HazardState] = frozenset({"fixed", "reviewed"})
LONGEST = 2000  # characters of a description or a measure


@dataclass(frozen=True, slots=True)
class Hazard:
    """A hazard and the measure against it. `unit` and `level`: names; `number`: empty until it gets one.

    `deadline`: the day by which it is to be corrected, `done`: the day on which it was. `pair`: the id of the
    before-and-after pair, `items`: the jobs that show it.
    """

    number: str
    unit: str
    place: str
    text: str
    level: str
    found: date
    deadline: date | None
    responsible: str
    measure: str
    state: HazardState
    done: date | None
    pair: str = ""
    items: tuple[str, ...] = ()

    @property
    def is_corrected(self) -> bool:
        """Tell whether the measure was carried out."""
        return self.state in CORRECTED

    def is_overdue(self, today: date) -> bool:
        """Tell whether it should have been corrected before `today` and is not."""
        return not self.is_corrected and self.deadline is not None and self.deadline < today

    @property
    def is_in_time(self) -> bool | None:
        """Tell whether it was corrected by its deadline; None where it has none, or is not corrected."""
        if self.deadline is None or not self.is_corrected or self.done is None:
            return None
        return self.done <= self.deadline


def words_of(hazard: Hazard, today: date) -> str:
    """Return how a hazard stands against its deadline, in Chinese."""
    if hazard.is_corrected:
        if not hazard.deadline or not hazard.done or hazard.done <= hazard.deadline:
            return "按期完成" if hazard.deadline and hazard.done else ""
        return f"迟 {(hazard.done - hazard.deadline).days} 天完成"
    if hazard.deadline is None:
        return "没有定整改期限"
    left = (hazard.deadline - today).days
    if left < 0:
        return f"逾期 {-left} 天"
    return f"还有 {left} 天" if left else "今天到期"


def wrongs(hazard: Hazard, campaign: Campaign, today: date) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a hazard: a field, and what to write there, in Chinese."""
    if not hazard.text:
        yield "text", "写上隐患情况"
    if hazard.level not in campaign.hazards.levels:
        yield "level", f"写 {'、'.join(campaign.hazards.levels)} 之一"
    if hazard.found > today:
        yield "found", "排查日期不能晚于今天"
    if hazard.deadline and hazard.deadline < hazard.found:
        yield "deadline", f"整改期限不能早于排查日期（{hazard.found}）"
    if hazard.is_corrected:
        if not hazard.measure:
            yield "measure", f"{HAZARD_STATES[hazard.state]}的，写上采取的措施"
        if hazard.done is None:
            yield "done", f"{HAZARD_STATES[hazard.state]}的，写上完成日期"
    elif hazard.done:
        yield "state", "填了完成日期的，写“已整改”或“已复查”"
    if hazard.done and not hazard.found <= hazard.done <= today:
        yield "done", f"完成日期要在排查日期（{hazard.found}）和今天之间"
