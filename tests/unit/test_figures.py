"""Figures count what is shown, found and reported, by each dimension; of nothing there is no share."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from pipelines.domain.due_dates import due_dates
from pipelines.domain.figures import ShownItem, count, span_of
from pipelines.domain.standings import NOTHING, Filing, standing
from tests.unit.facts import jiexi, other
from tests.unit.test_hazards import HAZARD

FILM = ShownItem("龙潭镇", "启动仪式", "活动素材", date(2020, 6, 1), True, Fraction(90), 2)
PHOTO = replace(FILM, is_film=False, seconds=Fraction(0), downloads=0)
ITEMS = [FILM, PHOTO, replace(PHOTO, day=date(2020, 6, 2)), replace(FILM, unit="棉湖镇", activity="应急演练")]
HAZARDS = [HAZARD, replace(HAZARD, state="open", done=None), replace(HAZARD, unit="棉湖镇", found=date(2020, 7, 1))]


def standings(unit: str = "longtan"):
    """One weekly report in time, one late, one missing; all later ones are not due yet."""
    campaign, zone = jiexi(), ZoneInfo("Asia/Shanghai")
    now = datetime(2020, 6, 19, tzinfo=zone)
    weekly = [due for due in due_dates(campaign) if due.deadline == "weekly"]
    came = [datetime(2020, 6, 4, tzinfo=UTC), datetime(2020, 6, 12, 12, tzinfo=UTC)]
    filings = [Filing(at, frozenset({"report"})) for at in came] + [NOTHING] * (len(weekly) - 2)
    return [standing(unit, due, filing, (), zone, now) for due, filing in zip(weekly, filings, strict=True)]


def by(dimension, **changes):
    found = count(dimension, jiexi(), ITEMS, HAZARDS, standings())
    return {row.name: dict(row.values) for row in found.rows}, dict(found.whole.values)


def test_by_unit_everything_is_counted_and_units_without_anything_are_listed():
    rows, whole = by("unit")

    assert [*rows] == [*jiexi().units.values()]
    assert rows["龙潭镇"] == {
        "events": 2,
        "films": 1,
        "minutes": 1.5,
        "photos": 2,
        "hazards": 2,
        "corrected": 1,
        "corrected_share": 50.0,
        "on_time_share": 33.3,
        "downloads": 2,
    }
    assert (rows["良田乡"]["films"], rows["良田乡"]["corrected_share"]) == (0, None)
    assert (whole["films"], whole["events"], whole["hazards"], whole["corrected_share"]) == (2, 3, 3, 66.7)


def test_by_activity_hazards_and_reports_count_in_the_whole_alone():
    rows, whole = by("activity")

    assert (rows["启动仪式"]["photos"], rows["应急演练"]["films"]) == (2, 1)
    assert {row["hazards"] for row in rows.values()} == {0}
    assert {row["on_time_share"] for row in rows.values()} == {None}
    assert (whole["hazards"], whole["on_time_share"]) == (3, 33.3)


def test_by_week_and_month_rows_rise():
    weeks, _ = by("week")
    months, _ = by("month")

    assert [*weeks] == sorted(weeks)
    assert weeks["2020-W23（6.1–6.7）"]["films"] == 2
    assert weeks["2020-W25（6.15–6.21）"]["hazards"] == 2
    assert [*months] == ["2020-06", "2020-07"]
    assert months["2020-06"]["on_time_share"] == 33.3


def test_another_campaign_counts_by_its_own_names():
    found = count("programme", other(), [replace(FILM, programme="矿山安全课")], [], [])

    assert {row.name: row.values["films"] for row in found.rows} == {"矿山安全课": 1, "校园安全角": 0}


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2020, 12, 31), "2020-W53（12.28–1.3）"),
        (date(2021, 1, 3), "2020-W53（12.28–1.3）"),
        (date(2021, 1, 4), "2021-W01（1.4–1.10）"),
    ],
)
def test_a_week_at_the_turn_of_the_year_is_one(day, week):
    assert span_of("week", day) == week
