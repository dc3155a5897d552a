"""Count what an official reads: events, films, minutes, photos, hazards and what became of them. Does no I/O.

An event is what one unit shows of one activity on one day. A report is on time by the standing of its unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from pipelines.domain.campaign import Campaign
from pipelines.domain.hazards import Hazard
from pipelines.domain.standings import Standing

Dimension = Literal["unit", "activity", "programme", "week", "month"]
DIMENSIONS: Mapping[Dimension, str] = {
    "unit": "单位",
    "activity": "活动",
    "programme": "栏目",
    "week": "周",
    "month": "月",
}
Measure = Literal[
    "events", "films", "minutes", "photos", "hazards", "corrected", "corrected_share", "on_time_share", "downloads"
]
MEASURES: Mapping[Measure, str] = {
    "events": "活动场次",
    "films": "视频（个）",
    "minutes": "视频时长（分钟）",
    "photos": "照片（张）",
    "hazards": "隐患（条）",
    "corrected": "已整改（条）",
    "corrected_share": "整改率（%）",
    "on_time_share": "报送及时率（%）",
    "downloads": "下载（次）",
}
_NOWHERE = "未填"


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A published film or photo. `activity` and `programme`: names; `day`: of the event, else of receipt."""

    unit: str
    activity: str
    programme: str
    day: date
    is_film: bool
    seconds: Fraction
    downloads: int


@dataclass(slots=True)
class _Sum:
    events: set[tuple[str, str, date]] = field(default_factory=set)
    films: int = 0
    seconds: Fraction = Fraction(0)
    photos: int = 0
    hazards: int = 0
    corrected: int = 0
    due: int = 0
    on_time: int = 0
    downloads: int = 0

    def row(self, name: str) -> FigureRow:
        values: dict[Measure, float | None] = {
            "events": len(self.events),
            "films": self.films,
            "minutes": round(float(self.seconds) / 60, 1),
            "photos": self.photos,
            "hazards": self.hazards,
            "corrected": self.corrected,
            "corrected_share": _share(self.corrected, self.hazards),
            "on_time_share": _share(self.on_time, self.due),
            "downloads": self.downloads,
        }
        return FigureRow(name, values)


@dataclass(frozen=True, slots=True)
class FigureRow:
    """The figures of one unit, activity, programme, week or month; None where there is nothing to take a share of."""

    name: str
    values: Mapping[Measure, float | None]


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a campaign by one dimension, with those of the whole."""

    by: Dimension
    rows: tuple[FigureRow, ...]
    whole: FigureRow


def count(
    by: Dimension,
    campaign: Campaign,
    items: Sequence[ShownItem],
    hazards: Sequence[Hazard],
    standings: Sequence[Standing],
) -> Figures:
    """Return the figures. What has no activity or programme, hazards and reports, counts only in the whole there."""
    sums: dict[str, _Sum] = {name: _Sum() for name in _known(by, campaign)}
    whole = _Sum()
    place: dict[Dimension, Callable[[ShownItem], str]] = {
        "unit": lambda item: item.unit,
        "activity": lambda item: item.activity,
        "programme": lambda item: item.programme,
    }
    for item in items:
        name = place[by](item) or _NOWHERE if by in place else span_of(by, item.day)
        for one in (sums.setdefault(name, _Sum()), whole):
            _add_item(one, item)
    for hazard in hazards:
        for one in (*_sums(sums, by, hazard.unit, hazard.found), whole):
            one.hazards += 1
            one.corrected += hazard.is_corrected
    for standing in standings:
        if standing.state == "exempt" or (standing.is_open and not standing.overdue):
            continue
        for one in (*_sums(sums, by, campaign.units[standing.unit], standing.due.due), whole):
            one.due += 1
            one.on_time += standing.state == "filed"
    ordered = sorted(sums) if by in {"week", "month"} else [*sums]
    return Figures(by, tuple(sums[name].row(name) for name in ordered), whole.row("合计"))


def _known(by: Dimension, campaign: Campaign) -> list[str]:
    """Return the names that are listed even where nothing is counted of them."""
    if by == "unit":
        return [*campaign.units.values()]
    if by == "activity":
        return [rule.name for rule in campaign.activities.values()]
    return [rule.name for rule in campaign.programmes.values()] if by == "programme" else []


def _add_item(one: _Sum, item: ShownItem) -> None:
    one.events.add((item.unit, item.activity or item.programme, item.day))
    one.films += item.is_film
    one.photos += not item.is_film
    one.seconds += item.seconds
    one.downloads += item.downloads


def _sums(sums: dict[str, _Sum], by: Dimension, unit: str, day: date) -> list[_Sum]:
    if by in {"activity", "programme"}:
        return []
    return [sums.setdefault(unit if by == "unit" else span_of(by, day), _Sum())]


def span_of(by: Dimension, day: date) -> str:
    """Return the name of the week (ISO 8601, with its days) or the month of a day; names sort like the days."""
    if by == "month":
        return f"{day.year}-{day.month:02d}"
    year, week, weekday = day.isocalendar()
    first = day - timedelta(days=weekday - 1)
    last = first + timedelta(days=6)
    return f"{year}-W{week:02d}（{first.month}.{first.day}–{last.month}.{last.day}）"


def _share(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None
