"""`footage due` tells who owes which report, as it stood on a day, to people and to scripts."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from storage.ledger import Ledger
from storage.reports import ReportKey
from tests.running import Footage
from tests.unit.facts import OTHER


def filed(footage: Footage, unit: str, planned: str, deadline: str = "weekly") -> None:
    footage.home.mkdir(exist_ok=True)
    with closing(Ledger(f"sqlite:///{footage.home / 'ledger.sqlite'}")) as ledger:
        key = ReportKey(unit, deadline, planned)
        draft = ledger.reports.save(key, (0, 0), text="开展活动 3 场", counts={}, items=[], author="李")
        assert ledger.reports.submit(draft.id, draft.revision, ["report"], "李")


def test_each_unit_and_due_date_of_that_day_is_told(footage):
    done = footage("due", "--on", "2020-06-04", "--json")

    told = {(one["unit"], one["deadline"], one["due"]): (one["state"], one["text"]) for one in done.objects}
    assert done.status == 0
    assert len(told) == 19 * 3
    assert told["河婆街道", "weekly", "2020-06-04"] == ("missing", "缺活动开展情况；今天截止")
    assert told["河婆街道", "plan", "2020-06-05"] == ("missing", "缺活动方案、联络员推荐表；还有 1 天")
    assert told["良田乡", "weekly", "2020-06-11"] == ("missing", "缺活动开展情况；还有 7 天")
    assert not footage.home.exists()  # looking makes no folder


def test_one_unit_is_asked_for_by_any_of_its_names(footage):
    done = footage("due", "--on", "2020-07-10", "--unit", "龙潭", "--json")

    assert {one["unit"] for one in done.objects} == {"龙潭镇"}
    assert [one["due"] for one in done.objects if one["overdue"]] == [
        *("2020-06-04", "2020-06-05", "2020-06-11", "2020-06-18", "2020-06-25", "2020-07-02", "2020-07-09"),
    ]
    (summary,) = (one for one in done.objects if one["deadline"] == "summary")
    assert (summary["missing"], summary["paper"], summary["period"]) == (
        ["summary", "media"],
        True,
        ["2020-06-01", "2020-07-10"],
    )


def test_a_report_counts_from_the_day_it_came_in(footage):
    filed(footage, "龙潭镇", "2020-06-04")  # today, years late

    then = footage("due", "--on", "2020-06-30", "--unit", "龙潭镇", "--json").objects[0]
    now = footage("due", "--all", "--unit", "龙潭镇", "--json").objects[0]

    assert (then["due"], then["state"], then["text"]) == ("2020-06-04", "missing", "缺活动开展情况；逾期 26 天")
    assert (now["due"], now["state"], now["overdue"]) == ("2020-06-04", "late", False)
    assert now["text"].startswith("迟 ")


def test_people_read_one_line_for_all_units_that_stand_alike(footage):
    done = footage("due", "--on", "2020-06-04", COLUMNS="120")

    assert done.status == 0
    assert done.out.count("全部单位") == 3
    assert done.out.count("未报 19") == 3
    assert max(len(line) for line in done.out.splitlines()) <= 120


def test_the_reminder_names_who_is_missing_and_what(footage):
    done = footage("due", "--on", "2020-06-05", "--unit", "棉湖", "--remind")

    assert done.out.splitlines()[:2] == [
        "【提醒】“安全生产月”活动开展情况，6月4日截止。以下单位还没有报齐，请尽快报送：",
        "棉湖镇：缺活动开展情况；逾期 1 天",
    ]


def test_a_campaign_that_is_over_is_not_nagged_about(footage):
    done = footage("due")

    assert done.status == 0
    assert done.out.startswith("七天内没有要报的")
    assert "--all" in done.out


def test_another_county_has_its_own_calendar(tmp_path: Path):
    other = Footage(tmp_path / "home", (("FOOTAGE_CAMPAIGN", str(OTHER)),))

    done = other("due", "--on", "2023-06-26", "--json")

    week = {one["unit"]: (one["due"], one["state"], one["moved"]) for one in done.objects if one["due"] == "2023-07-01"}
    assert week == {
        "县教育局": ("2023-07-01", "missing", "古尔邦节"),
        "塔什库尔干镇": ("2023-07-01", "missing", "古尔邦节"),
        "塔吉克阿巴提镇": ("2023-07-01", "exempt", "古尔邦节"),
    }


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--unit", "火星"], "unknown-unit"), (["--on", "6月4日"], "wrong-use")]
)
def test_what_is_not_understood_is_told_and_ends_with_2(footage, arguments, code):
    done = footage("due", *arguments)

    assert done.status == 2
    assert code in done.err or "6月4日" in done.err
