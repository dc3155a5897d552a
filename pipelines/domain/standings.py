"""Judge for a unit and a due date whether its report is in, late, incomplete, missing or not owed. Does no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pipelines.domain.deadlines import NEEDS, Exemption, Need
from pipelines.domain.due_dates import DueDate, end_of

_AHEAD = timedelta(days=7)
StandingState = Literal["filed", "partial", "late", "missing", "exempt"]
STANDINGS: dict[StandingState, str] = {
    "filed": "已报",
    "partial": "部分",
    "late": "迟报",
    "missing": "未报",
    "exempt": "免报",
}


@dataclass(frozen=True, slots=True)
class Filing:
    """The report that has come in for a due date.

    `submitted`: when it first came in. `has`: what of it is there. `returned`: why it was sent back, if it was.
    `accepted`: the office has taken it as it is, whatever is missing.
    """

    submitted: datetime | None
    has: frozenset[Need]
    returned: str = ""
    accepted: bool = False


NOTHING = Filing(None, frozenset())


@dataclass(frozen=True, slots=True)
class Standing:
    """The standing of a unit with one due date. `lacks`: what is missing; `words`: what to tell the unit, in Chinese.

    `overdue`: the day is over and something is still missing. `waiting`: what came in is not yet accepted or returned.
    """

    unit: str
    due: DueDate
    state: StandingState
    lacks: tuple[Need, ...]
    words: str
    overdue: bool
    waiting: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether something is still to be sent."""
        return self.state in {"missing", "partial"}

    def is_near(self, today: date) -> bool:
        """Tell whether it is to be looked at today: something is overdue, or it is due within seven days."""
        return self.overdue or today <= self.due.due <= today + _AHEAD


def standing(
    unit: str, due: DueDate, filing: Filing, exemptions: Sequence[Exemption], zone: ZoneInfo, now: datetime
) -> Standing:
    """Judge one unit and one due date at `now`. `exemptions` are the campaign's; `unit` is an id."""
    waiting = filing.submitted is not None and not filing.accepted and not filing.returned
    if reason := reason_excused(unit, due, exemptions):
        return Standing(unit, due, "exempt", (), reason, overdue=False, waiting=waiting)
    ends = end_of(due.due, zone)
    lacks = () if filing.accepted else tuple(need for need in due.needs if need not in filing.has)
    if filing.submitted is None:
        state: StandingState = "missing"
    elif lacks or filing.returned:
        state = "partial"
    else:
        state = "late" if filing.submitted >= ends else "filed"
    open_ = state in {"missing", "partial"}
    told = _words(state, lacks, filing, ends, now if open_ else filing.submitted or now)
    return Standing(unit, due, state, lacks, told, overdue=open_ and now >= ends, waiting=waiting)


def dates_to_act_on(standings: Sequence[Standing], due: Sequence[DueDate], today: date) -> set[DueDate]:
    """Return the due dates with something overdue, due within seven days or to be accepted, and each deadline's next.

    `due`: every due date, the earliest first.
    """
    coming: dict[str, DueDate] = {}
    for one in due:
        if one.due >= today:
            coming.setdefault(one.deadline, one)
    return {one.due for one in standings if one.is_near(today) or one.waiting} | {*coming.values()}


def reason_excused(unit: str, due: DueDate, exemptions: Sequence[Exemption]) -> str:
    """Return why a unit owes nothing for this due date; empty where it does owe."""
    for exemption in exemptions:
        covers = exemption.first <= due.planned <= exemption.last and exemption.deadline in {"", due.deadline, due.name}
        if exemption.unit == unit and covers:
            return exemption.reason
    return ""


def _words(state: StandingState, lacks: Sequence[Need], filing: Filing, ends: datetime, until: datetime) -> str:
    """Return what is missing and by how much; `until`: now, or when the report came in."""
    if state == "filed":
        return ""
    if state == "late":
        return f"迟 {_days(until - ends)} 天"
    missing = [f"缺{'、'.join(NEEDS[need] for need in lacks)}"] if lacks else []
    returned = [f"已退回：{filing.returned}"] if filing.returned else []
    return "；".join([*returned, *missing, _left(ends, until)])


def _left(ends: datetime, now: datetime) -> str:
    if now >= ends:
        return f"逾期 {_days(now - ends)} 天"
    days = (ends - now - timedelta(microseconds=1)).days
    return f"还有 {days} 天" if days else "今天截止"


def _days(passed: timedelta) -> int:
    """Return the days that a report is late: one from the first moment after its day on."""
    return passed.days + 1
