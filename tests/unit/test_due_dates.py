"""The calendar of 2020 is what the plan's words say, day by day; the other county's is what its file says."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.domain.campaign import Campaign, build
from pipelines.domain.due_dates import due_dates, end_of
from pipelines.domain.errors import CampaignInvalid
from tests.unit.facts import OTHER, jiexi, other

PLAN, WEEKLY, MONTHLY, SUMMARY = "plan", "weekly", "monthly", "summary"
# “于6月5日前报送方案及推荐表；6月至7月，每周四报送；7月至12月，每月28号前报送；7月10日前报送总结以及佐证材料”
BY_HAND = {
    date(2020, 6, 4): [WEEKLY],
    date(2020, 6, 5): [PLAN],
    date(2020, 6, 11): [WEEKLY],
    date(2020, 6, 18): [WEEKLY],
    date(2020, 6, 25): [WEEKLY],
    date(2020, 7, 2): [WEEKLY],
    date(2020, 7, 9): [WEEKLY],
    date(2020, 7, 10): [SUMMARY],
    date(2020, 7, 16): [WEEKLY],
    date(2020, 7, 23): [WEEKLY],
    date(2020, 7, 28): [MONTHLY],
    date(2020, 7, 30): [WEEKLY],
    date(2020, 8, 28): [MONTHLY],
    date(2020, 9, 28): [MONTHLY],
    date(2020, 10, 28): [MONTHLY],
    date(2020, 11, 28): [MONTHLY],
    date(2020, 12, 28): [MONTHLY],
}
# 周报每周一（5月15日至7月20日；古尔邦节放假五天，顺延到节后第一天），月报每月5日前（春节展期三天），总结次年3月15日
OTHER_BY_HAND = {
    **{date(2023, 5, day): ["周报"] for day in (15, 22, 29)},
    **{date(2023, 6, day): ["周报"] for day in (5, 12, 19)},
    **{date(2023, 7, day): ["周报"] for day in (1, 3, 10, 17)},
    **{date(2023, month, 5): ["月报"] for month in (11, 12)},
    date(2024, 1, 5): ["月报"],
    date(2024, 2, 8): ["月报"],
    date(2024, 3, 15): ["总结"],
}


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def due_on(campaign: Campaign, day: date) -> list[str]:
    return [due.deadline for due in due_dates(campaign) if due.due == day]


@pytest.mark.parametrize("day", days(date(2020, 6, 1), date(2020, 12, 31)), ids=str)
def test_every_day_of_2020_has_what_the_plan_says(day: date) -> None:
    assert due_on(jiexi(), day) == BY_HAND.get(day, [])


def test_nothing_is_due_on_any_other_day() -> None:
    assert {due.due for due in due_dates(jiexi())} == {*BY_HAND}
    assert {due.due: [due.deadline] for due in due_dates(other())} == OTHER_BY_HAND


def test_each_due_date_asks_for_what_the_plan_asks() -> None:
    asked = {due.deadline: (due.needs, due.paper) for due in due_dates(jiexi())}

    assert asked == {
        PLAN: (("plan", "contact"), False),
        WEEKLY: (("report",), False),
        MONTHLY: (("report",), True),
        SUMMARY: (("summary", "media"), True),
    }


def test_each_report_is_on_the_days_since_the_one_before() -> None:
    weekly = [(due.opens, due.planned) for due in due_dates(jiexi()) if due.deadline == WEEKLY]
    monthly = [(due.opens, due.planned) for due in due_dates(jiexi()) if due.deadline == MONTHLY]
    (summary,) = (due for due in due_dates(jiexi()) if due.deadline == SUMMARY)

    assert weekly[:2] == [(date(2020, 6, 1), date(2020, 6, 4)), (date(2020, 6, 5), date(2020, 6, 11))]
    assert monthly[:2] == [(date(2020, 7, 1), date(2020, 7, 28)), (date(2020, 7, 29), date(2020, 8, 28))]
    assert (summary.opens, summary.planned) == (date(2020, 6, 1), date(2020, 7, 10))


def test_what_is_due_on_a_holiday_or_was_put_off_says_why() -> None:
    moved = {due.planned: (due.due, due.moved) for due in due_dates(other()) if due.moved}

    assert moved == {
        date(2023, 6, 26): (date(2023, 7, 1), "古尔邦节"),
        date(2024, 2, 5): (date(2024, 2, 8), "春节"),
    }


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (31, [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)]),
        (30, [date(2024, 1, 30), date(2024, 2, 29), date(2024, 3, 30), date(2024, 4, 30)]),
        (29, [date(2024, 1, 29), date(2024, 2, 29), date(2024, 3, 29), date(2024, 4, 29)]),
        (1, [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1), date(2024, 4, 1)]),
    ],
)
def test_a_month_without_such_a_day_has_its_last(by: int, expected: list[date]) -> None:
    monthly = {
        "name": "月报",
        "window": "winter",
        "every_month_by": by,
        "from": date(2024, 1, 1),
        "to": date(2024, 4, 30),
    }

    assert [due.due for due in due_dates(_with(deadlines=[monthly], extensions=[], exemptions=[]))] == expected


def test_a_day_is_over_at_midnight_in_the_campaign_s_zone() -> None:
    assert end_of(date(2020, 6, 4), jiexi().zone) == datetime(2020, 6, 4, 16, tzinfo=UTC)
    assert end_of(date(2020, 12, 31), ZoneInfo("Asia/Shanghai")) == datetime(2020, 12, 31, 16, tzinfo=UTC)
    assert end_of(date(2024, 2, 29), other().zone) == datetime(2024, 2, 29, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("table", "rule", "complaint"),
    [
        ("extensions", {"deadline": "季报", "due": date(2024, 2, 5), "until": date(2024, 2, 8), "reason": "x"}, "季报"),
        (
            "extensions",
            {"deadline": "月报", "due": date(2024, 2, 5), "until": date(2024, 2, 5), "reason": "x"},
            "'until' is not after 'due'",
        ),
        ("exemptions", {"unit": "nobody", "from": date(2024, 2, 5), "to": date(2024, 2, 8), "reason": "x"}, "nobody"),
        ("holidays", {"name": "x", "from": date(2024, 2, 5), "to": date(2024, 2, 4)}, "'to' is before 'from'"),
        ("deadlines", {"name": "月报", "window": "winter", "on": date(2024, 2, 5)}, "twice"),
        ("deadlines", {"name": "周报/二", "window": "winter", "on": date(2024, 2, 5)}, "needs an id"),
        (
            "deadlines",
            {"name": "空", "window": "winter", "every": "monday", "from": date(2024, 2, 6), "to": date(2024, 2, 7)},
            "no day between",
        ),
        (
            "extensions",
            {"deadline": "月报", "due": date(2024, 2, 6), "until": date(2024, 2, 8), "reason": "x"},
            "is no due date of '月报'",
        ),
    ],
)
def test_an_entry_that_refers_to_nothing_is_named(table: str, rule: dict[str, object], complaint: str) -> None:
    kept = list(_tables()[table]) if table == "deadlines" else []

    with pytest.raises(CampaignInvalid, match=complaint):
        _with(**{table: [*kept, rule]})


def _tables() -> dict[str, Any]:
    return tomllib.loads(OTHER.read_text(encoding="utf-8"))


def _with(**changed: object) -> Campaign:
    return build({**_tables(), **changed}, "县.toml")


def test_a_deadline_without_an_id_is_known_by_its_name_and_evidence_is_a_need() -> None:
    monthly, summary = other().deadlines[1:3]

    assert (monthly.key, monthly.asked) == ("月报", ("report",))
    assert (summary.key, summary.asked) == ("总结", ("report", "media"))
