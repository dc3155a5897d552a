"""Decide which items of a selection go into a package of evidence, under which names, and why others are left out.

Names are as the county's plan wants them (§8.3): county + unit + activity + day + number. This module does no I/O.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal

from pipelines.domain.campaign import Campaign
from pipelines.domain.package_names import evidence_name, safe
from pipelines.domain.wording import STATES, plain, short

Kind = Literal["film", "photo"]
KINDS: dict[Kind, str] = {"film": "视频", "photo": "照片"}
_UNKNOWN_DAY = "日期不详"
_ELSEWHERE = "其他"


@dataclass(frozen=True, slots=True)
class MainOutput:
    """The compliant film or photo of an item. `size` in bytes; `seconds` of a film."""

    kind: Kind
    extension: str
    sha256: str
    size: int
    width: int
    height: int
    seconds: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item of the selection. `unit` and `activity`: names; `reason`: why it was rejected or failed, in Chinese.

    `notes`: what a reviewer should know of it. `unwanted`: the publicity team has decided against it.
    """

    job: str
    title: str
    unit: str
    activity: str
    programme: str
    place: str
    day: str
    state: str
    reason: str
    notes: tuple[str, ...]
    unwanted: bool
    output: MainOutput | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """An item in the package. `path`: of its file, with folders by unit and activity; `number`: its row in the list."""

    number: int
    path: str
    item: Candidate
    output: MainOutput


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An item that is not in the package, and why, in Chinese."""

    item: Candidate
    reason: str


@dataclass(frozen=True, slots=True)
class UnitTotal:
    """The counts of one unit. `seconds` of film; `activities`: the names of those that its items show."""

    unit: str
    films: int
    photos: int
    seconds: Fraction
    activities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FiledReport:
    """The report of a unit for the package's period: how it stands, in Chinese, and its text; empty if none came in."""

    unit: str
    state: str
    text: str


@dataclass(frozen=True, slots=True)
class EvidenceList:
    """The list of a package. `name`: of the folder within the archive; `title`, `subtitle`: over the documents.

    `reports`: of the units, where the period is that of a report.
    """

    name: str
    title: str
    subtitle: str
    items: tuple[Evidence, ...]
    left_out: tuple[LeftOut, ...]
    reports: tuple[FiledReport, ...] = ()

    def totals(self) -> tuple[UnitTotal, ...]:
        """Return the counts by unit, in the order of the list."""
        units = dict.fromkeys(evidence.item.unit for evidence in self.items)
        return tuple(_total(unit, [one for one in self.items if one.item.unit == unit]) for unit in units)

    @property
    def size(self) -> int:
        """Return the bytes of all media in it."""
        return sum(one.output.size for one in self.items)


def evidence_list(
    campaign: Campaign, candidates: Sequence[Candidate], *, title: str, subtitle: str, name: str
) -> EvidenceList:
    """Return the list of a package; the order of the candidates does not matter."""
    ordered = sorted(candidates, key=_order(campaign))
    chooser = _Chooser(campaign)
    items: list[Evidence] = []
    left_out: list[LeftOut] = []
    for item in ordered:
        if reason := chooser.reason_against(item):
            left_out.append(LeftOut(item, reason))
        elif item.output:
            items.append(Evidence(len(items) + 1, chooser.path(item, item.output), item, item.output))
    return EvidenceList(safe(name), title, subtitle, tuple(items), tuple(left_out))


def _order(campaign: Campaign) -> _Order:
    units = {name: place for place, name in enumerate(campaign.units.values())}
    activities = {rule.name: place for place, rule in enumerate(campaign.activities.values())}
    return _Order(units, activities)


@dataclass(frozen=True, slots=True)
class _Order:
    """The order of a list: units and activities as in the campaign file, then day, film before photo, and id."""

    units: dict[str, int]
    activities: dict[str, int]

    def __call__(self, item: Candidate) -> tuple[object, ...]:
        unit = (self.units.get(item.unit, len(self.units)), item.unit)
        activity = (self.activities.get(item.activity, len(self.activities)), item.activity)
        kind = item.output.kind if item.output else ""
        return (*unit, *activity, item.day or "9", kind, item.title, item.job)


@dataclass(slots=True)
class _Chooser:
    """The choice among candidates in their order; it numbers each folder's files and finds what comes twice."""

    campaign: Campaign
    _taken: dict[str, str] = field(default_factory=dict)
    _numbers: Counter[str] = field(default_factory=Counter)

    def reason_against(self, item: Candidate) -> str:
        if item.output is None or item.state == "rejected":  # while it is made again, the old result stands
            told = f"：{item.reason}" if item.reason else ""
            return f"{STATES[item.state]}{told}" if item.state != "published" else "没有成片或照片"
        if item.unwanted:
            return "已标为“不用”"
        if wrong := _shortfall(item, item.output, self.campaign):
            return wrong
        first = self._taken.setdefault(item.output.sha256, item.job)
        return "" if first == item.job else f"与任务 {short(first)} 的文件完全相同"

    def path(self, item: Candidate, output: MainOutput) -> str:
        county, activity = self.campaign.campaign.county, item.activity or item.programme or _ELSEWHERE
        unit = item.unit or _ELSEWHERE
        folder = f"{safe(unit)}/{safe(activity)}"
        self._numbers[folder] += 1
        number = self._numbers[folder]
        return f"{folder}/{evidence_name(county, unit, activity, item.day or _UNKNOWN_DAY, number, output.extension)}"


def _shortfall(item: Candidate, output: MainOutput, campaign: Campaign) -> str:
    """Return how an output falls short of today's rules; it was made by those of its time."""
    known = next((code for code, rule in campaign.programmes.items() if rule.name == item.programme), "")
    programme = known or campaign.campaign.default_programme
    if output.kind == "film":
        film = campaign.video_profile(programme)
        wanted, right = (film.width, film.height), (output.width, output.height) == (film.width, film.height)
    else:
        photo = campaign.photo_profile(programme)
        wanted = (photo.long_side, photo.short_side)
        sides = sorted((output.width, output.height), reverse=True)
        right = sides[0] >= photo.long_side and sides[1] >= photo.short_side
    if right:
        return ""
    return f"画面 {output.width}×{output.height}，不合现行要求 {wanted[0]}×{wanted[1]}；请管理员重新处理"


def _total(unit: str, items: Sequence[Evidence]) -> UnitTotal:
    films = [one for one in items if one.output.kind == "film"]
    seconds = sum((one.output.seconds or Fraction(0) for one in films), Fraction(0))
    activities = dict.fromkeys(one.item.activity for one in items if one.item.activity)
    return UnitTotal(unit or _ELSEWHERE, len(films), len(items) - len(films), seconds, tuple(activities))


HEADINGS = (
    *("序号", "缩略图", "文件", "类别", "单位", "活动", "地点", "拍摄日期", "栏目", "画面", "时长（秒）", "说明"),
    *("原文件名", "字节", "SHA-256"),
)
LEFT_OUT_HEADINGS = ("任务", "原文件名", "单位", "活动", "拍摄日期", "没有收入的原因")
Cell = str | int | float | None


def rows(found: EvidenceList) -> Iterator[tuple[Cell, ...]]:
    """Yield the list's rows, in the order of HEADINGS."""
    for one in found.items:
        item, output = one.item, one.output
        seconds = None if output.seconds is None else round(float(output.seconds), 3)
        yield (
            *(one.number, None, one.path, KINDS[output.kind], plain(item.unit), plain(item.activity)),
            *(plain(item.place), item.day, item.programme, f"{output.width}×{output.height}", seconds),
            *(plain("；".join(item.notes)), plain(item.title), output.size, output.sha256),
        )


def left_out_rows(found: EvidenceList) -> Iterator[tuple[Cell, ...]]:
    """Yield the rows of what is left out, in the order of LEFT_OUT_HEADINGS."""
    for one in found.left_out:
        item = one.item
        yield (
            short(item.job),
            plain(item.title),
            plain(item.unit),
            plain(item.activity),
            item.day,
            plain(one.reason),
        )


def spoken(first: date | None, last: date | None) -> str:
    """Return a period in words."""
    if first and last:
        return f"{first} 至 {last}" if first != last else f"{first}"
    return f"{first} 起" if first else f"至 {last}" if last else "全部日期"


def length(seconds: Fraction) -> str:
    """Return a length of film in minutes and seconds, rounded to the second."""
    whole = round(seconds)
    return f"{whole // 60} 分 {whole % 60:02d} 秒"
