"""Whether a unit's report is in, late, incomplete or missing is judged to the second, and told in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pipelines.domain.due_dates import DueDate, due_dates
from pipelines.domain.standings import NOTHING, Filing, Standing, dates_to_act_on, standing
from pipelines.service import joint_reminder
from tests.unit.facts import jiexi, other

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEKLY = next(due for due in due_dates(jiexi()) if due.due == date(2020, 6, 4))
SUMMARY = next(due for due in due_dates(jiexi()) if due.deadline == "summary")
MIDNIGHT = datetime(2020, 6, 5, tzinfo=SHANGHAI)  # the end of 4 June


def judged(filing: Filing = NOTHING, now: datetime = MIDNIGHT, due: DueDate = WEEKLY) -> Standing:
    return standing("hepo", due, filing, (), SHANGHAI, now)


def report(at: datetime) -> Filing:
    return Filing(at, frozenset({"report"}))


@pytest.mark.parametrize(
    ("submitted", "state", "words"),
    [
        (MIDNIGHT - timedelta(microseconds=1), "filed", ""),
        (MIDNIGHT, "late", "迟 1 天"),
        (MIDNIGHT + timedelta(hours=23, minutes=59), "late", "迟 1 天"),
        (MIDNIGHT + timedelta(days=1), "late", "迟 2 天"),
        (datetime(2020, 6, 4, 15, 59, 59, tzinfo=UTC), "filed", ""),
        (datetime(2020, 6, 4, 16, tzinfo=UTC), "late", "迟 1 天"),
    ],
)
def test_a_report_is_late_from_midnight_on(submitted: datetime, state: str, words: str) -> None:
    found = judged(report(submitted), now=MIDNIGHT + timedelta(days=30))

    assert (found.state, found.words, found.overdue) == (state, words, False)


@pytest.mark.parametrize(
    ("now", "words", "overdue"),
    [
        (datetime(2020, 6, 1, tzinfo=SHANGHAI), "缺活动开展情况；还有 3 天", False),
        (datetime(2020, 6, 3, 23, 59, 59, tzinfo=SHANGHAI), "缺活动开展情况；还有 1 天", False),
        (datetime(2020, 6, 4, tzinfo=SHANGHAI), "缺活动开展情况；今天截止", False),
        (MIDNIGHT - timedelta(seconds=1), "缺活动开展情况；今天截止", False),
        (MIDNIGHT, "缺活动开展情况；逾期 1 天", True),
        (datetime(2020, 6, 7, 12, tzinfo=SHANGHAI), "缺活动开展情况；逾期 3 天", True),
    ],
)
def test_a_report_that_is_missing_says_how_long_is_left(now: datetime, words: str, overdue: bool) -> None:
    found = judged(now=now)

    assert (found.state, found.words, found.overdue) == ("missing", words, overdue)


def test_a_summary_without_its_films_and_photos_is_partial() -> None:
    at = datetime(2020, 7, 9, tzinfo=SHANGHAI)

    found = judged(Filing(at, frozenset({"summary"})), now=at, due=SUMMARY)

    assert (found.state, found.lacks) == ("partial", ("media",))
    assert found.words == "缺视频、照片等佐证材料；还有 1 天"
    assert judged(Filing(at, frozenset({"summary", "media"})), now=at, due=SUMMARY).state == "filed"


def test_a_report_that_was_sent_back_is_partial_and_says_why() -> None:
    found = judged(Filing(MIDNIGHT - timedelta(days=1), frozenset({"report"}), returned="人数未填"))

    assert (found.state, found.words, found.overdue) == ("partial", "已退回：人数未填；逾期 1 天", True)


def test_a_unit_that_is_excused_owes_nothing_of_that_report_in_those_days() -> None:
    campaign, now = other(), datetime(2023, 8, 1, tzinfo=other().zone)
    weekly = [due for due in due_dates(campaign) if due.deadline == "周报"]

    states = {
        unit: [standing(unit, due, NOTHING, campaign.exemptions, campaign.zone, now).state for due in weekly]
        for unit in ("tajik", "jiaoyuju")
    }

    assert states["jiaoyuju"] == ["missing"] * 10
    assert states["tajik"] == ["missing"] * 3 + ["exempt"] * 4 + ["missing"] * 3


def test_what_the_office_has_accepted_lacks_nothing() -> None:
    at = datetime(2020, 7, 9, tzinfo=SHANGHAI)

    found = judged(Filing(at, frozenset({"summary"}), accepted=True), now=at, due=SUMMARY)

    assert (found.state, found.lacks, found.words) == ("filed", (), "")


def test_what_came_in_waits_until_the_office_has_decided() -> None:
    at = MIDNIGHT - timedelta(hours=1)

    waiting = [
        judged(report(at)).waiting,
        judged().waiting,
        judged(Filing(at, frozenset({"report"}), accepted=True)).waiting,
        judged(Filing(at, frozenset({"report"}), returned="人数未填")).waiting,
    ]

    assert waiting == [True, False, False, False]


def test_the_dates_to_act_on_are_what_is_late_or_near_or_to_be_accepted_and_what_comes_next() -> None:
    due = due_dates(jiexi())
    accepted, waiting = Filing(MIDNIGHT, frozenset({"report"}), accepted=True), Filing(MIDNIGHT, frozenset({"report"}))
    filings = {date(2020, 6, 4): accepted, date(2020, 6, 11): waiting}
    now = datetime(2020, 6, 26, tzinfo=SHANGHAI)
    weekly = [one for one in due if one.deadline == "weekly"]

    found = dates_to_act_on([judged(filings.get(one.due, NOTHING), now, one) for one in weekly], due, now.date())

    assert sorted((one.deadline, one.due) for one in found) == [
        ("monthly", date(2020, 7, 28)),
        ("summary", date(2020, 7, 10)),
        ("weekly", date(2020, 6, 11)),  # to be accepted
        ("weekly", date(2020, 6, 18)),  # missing
        ("weekly", date(2020, 6, 25)),  # missing
        ("weekly", date(2020, 7, 2)),
    ]


def test_one_reminder_names_each_unit_once_with_all_that_it_owes() -> None:
    now = datetime(2020, 6, 12, tzinfo=SHANGHAI)
    weeks = [one for one in due_dates(jiexi()) if one.deadline == "weekly"][:2]
    owed = [standing(unit, due, NOTHING, (), SHANGHAI, now) for due in reversed(weeks) for unit in ("hepo", "mianhu")]
    filed = standing("longtan", weeks[0], report(datetime(2020, 6, 4, tzinfo=SHANGHAI)), (), SHANGHAI, now)

    head, *lines = joint_reminder([*owed, filed], jiexi().units).splitlines()

    assert head.startswith("【提醒】")
    assert [line.partition("：")[0] for line in lines] == ["河婆街道", "棉湖镇"]
    assert all(line.index("6月4日") < line.index("6月11日") and line.count("逾期") == 2 for line in lines)
    assert joint_reminder([filed], jiexi().units) == ""
