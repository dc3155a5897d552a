"""A package of evidence holds what is compliant, under the plan's names, and says why the rest is left out."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pipelines.domain.errors import WrongUse
from pipelines.domain.evidence import Candidate, MainOutput, evidence_list, left_out_rows, length
from pipelines.domain.evidence_periods import Period, period_of
from pipelines.domain.package_names import evidence_name
from tests.unit.facts import jiexi, other

FILM = MainOutput("film", "mp4", "a" * 64, 1000, 1920, 1080, Fraction(125))
PHOTO = MainOutput("photo", "jpg", "b" * 64, 500, 3000, 2000)
ITEM = Candidate(
    *("1" * 32, "IMG_1.MOV", "县应急管理局", "启动仪式", "活动素材", "广场", "2020-06-01", "published", "", (), False),
    output=FILM,
)


def listed(*items: Candidate, campaign=None):
    return evidence_list(campaign or jiexi(), items, title="佐证材料", subtitle="", name="包")


def item(number: int, **changes) -> Candidate:
    job = f"{number:032x}"
    output = replace(FILM, sha256=f"{number:064x}")
    return replace(ITEM, **{"job": job, "output": output, **changes})


@pytest.mark.parametrize(
    ("county", "unit", "expected"),
    [
        ("揭西", "县应急管理局", "揭西应急管理局-启动仪式-2020-06-01-007.mp4"),
        ("揭西", "河婆街道", "揭西河婆街道-启动仪式-2020-06-01-007.mp4"),
        ("揭西", "揭西县医院", "揭西县医院-启动仪式-2020-06-01-007.mp4"),
        ("塔什库尔干", "塔什库尔干镇", "塔什库尔干镇-启动仪式-2020-06-01-007.mp4"),
    ],
)
def test_a_name_is_county_unit_activity_day_and_number(county, unit, expected):
    assert evidence_name(county, unit, "启动仪式", "2020-06-01", 7, "mp4") == expected


def test_a_long_name_keeps_both_its_ends_and_180_bytes():
    name = evidence_name("揭西", "单" * 90, "活动", "2020-06-01", 12, "jpg")

    assert name.startswith("揭西单")
    assert name.endswith("-2020-06-01-012.jpg")
    assert len(name.encode()) <= 180


def test_folders_are_by_unit_and_activity_and_numbers_run_in_each():
    found = listed(
        item(4, unit="河婆街道"),
        item(1, day="2020-06-02"),
        item(2, day="2020-06-01"),
        item(3, activity="应急演练", output=PHOTO),
    )

    assert [one.path for one in found.items] == [
        "县应急管理局/启动仪式/揭西应急管理局-启动仪式-2020-06-01-001.mp4",
        "县应急管理局/启动仪式/揭西应急管理局-启动仪式-2020-06-02-002.mp4",
        "县应急管理局/应急演练/揭西应急管理局-应急演练-2020-06-01-001.jpg",
        "河婆街道/启动仪式/揭西河婆街道-启动仪式-2020-06-01-001.mp4",
    ]
    assert [one.number for one in found.items] == [1, 2, 3, 4]


def test_the_order_in_which_items_are_found_does_not_matter():
    items = [item(number, day=f"2020-06-{number:02}") for number in range(1, 6)]

    assert listed(*items) == listed(*reversed(items))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "rejected", "reason": "文件是空的", "output": None}, "不合格：文件是空的"),
        ({"state": "running", "output": None}, "处理中"),
        ({"state": "received", "output": None}, "待上传"),
        ({"output": None}, "没有成片或照片"),
        ({"unwanted": True}, "已标为“不用”"),
        (
            {"output": replace(FILM, width=1280, height=720)},
            "画面 1280×720，不合现行要求 1920×1080；请管理员重新处理",
        ),
        (
            {"output": replace(PHOTO, width=1920, height=1079)},
            "画面 1920×1079，不合现行要求 1920×1080；请管理员重新处理",
        ),
    ],
)
def test_what_is_left_out_is_told_with_its_reason(changes, reason):
    found = listed(item(1, **changes))

    assert found.items == ()
    assert [one.reason for one in found.left_out] == [reason]
    assert [row[-1] for row in left_out_rows(found)] == [reason]


def test_an_item_that_is_made_again_stands_by_its_old_result():
    assert len(listed(item(1, state="queued"), item(2, state="failed")).items) == 2


def test_of_the_same_file_sent_twice_the_second_is_left_out():
    found = listed(item(2, output=FILM), item(1, output=FILM))

    assert [one.item.job for one in found.items] == [f"{1:032x}"]
    assert [one.reason for one in found.left_out] == [f"与任务 {f'{1:032x}'[:8]} 的文件完全相同"]


def test_an_upright_photo_is_measured_by_its_sides():
    assert len(listed(item(1, output=replace(PHOTO, width=1080, height=1920))).items) == 1


def test_another_campaign_has_other_sizes():
    small = item(1, programme="矿山安全课", output=replace(FILM, width=1280, height=720))

    assert len(listed(small, campaign=other()).items) == 1


def test_totals_count_films_minutes_photos_and_activities_by_unit():
    found = listed(item(1), item(2, activity="应急演练"), item(3, output=PHOTO), item(4, unit="河婆街道"))

    assert [(one.unit, one.films, one.photos, length(one.seconds), one.activities) for one in found.totals()] == [
        ("县应急管理局", 2, 1, "4 分 10 秒", ("启动仪式", "应急演练")),
        ("河婆街道", 1, 0, "2 分 05 秒", ("启动仪式",)),
    ]


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("2020-07-10", "2020-06-01", "2020-07-10"),  # the summary, which asks for media
        ("summary:2020-07-10", "2020-06-01", "2020-07-10"),
        ("2020-06-11", "2020-06-05", "2020-06-11"),  # a Thursday: from the day after the one before
        ("2020-06", "2020-06-01", "2020-06-30"),
        ("2020-6-1..2020-6-9", None, None),
        ("2020-06-01..2020-06-09", "2020-06-01", "2020-06-09"),
        ("..2020-06-09", None, "2020-06-09"),
        ("2020-08-02", "2020-08-02", "2020-08-02"),  # nothing is due
        ("上个月", None, None),
        ("2020-06-09..2020-06-01", None, None),
        ("2020-13", None, None),
    ],
)
def test_a_period_is_a_due_date_a_month_or_two_days(said, first, last):
    if first is None and last is None:
        with pytest.raises(WrongUse, match="no period"):
            period_of(said, jiexi())
        return
    found = period_of(said, jiexi())
    assert (found.first and str(found.first), found.last and str(found.last)) == (first, last)
    assert period_of(found.key, jiexi()) == found


def test_no_period_is_all_days():
    assert period_of(" ", jiexi()) == Period()
