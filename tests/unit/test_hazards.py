"""A hazard is judged against its deadline in words; a list of them is taken whole, or every error of it is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pipelines.domain.hazard_sheet import HEADINGS, hazard_cells, measures, read_hazards, titles
from pipelines.domain.hazards import Hazard, words_of, wrongs
from pipelines.domain.sheet_cells import told
from tests.unit.facts import jiexi, other

TODAY = date(2020, 7, 10)
HAZARD = Hazard(
    *(
        "2020-0001",
        "龙潭镇",
        "罐区东侧",
        "围堰开裂",
        "重大隐患",
        date(2020, 6, 16),
        date(2020, 7, 1),
        "王五",
        "修补",
        "fixed",
    ),
    done=date(2020, 6, 30),
)
HEAD = [names[0] for names in HEADINGS.values()]
GOOD = [*hazard_cells(HAZARD, TODAY)][:-1]


def changed(**cells: object) -> list[object]:
    return [cells.get(name, cell) for name, cell in zip(HEAD, GOOD, strict=True)]


@pytest.mark.parametrize(
    ("changes", "words", "overdue", "in_time"),
    [
        ({}, "按期完成", False, True),
        ({"done": date(2020, 7, 3)}, "迟 2 天完成", False, False),
        ({"state": "reviewed", "done": date(2020, 7, 1)}, "按期完成", False, True),
        ({"deadline": None}, "", False, None),
        ({"state": "open", "done": None}, "逾期 9 天", True, None),
        ({"state": "fixing", "done": None, "deadline": date(2020, 7, 10)}, "今天到期", False, None),
        ({"state": "open", "done": None, "deadline": date(2020, 7, 12)}, "还有 2 天", False, None),
        ({"state": "open", "done": None, "deadline": None}, "没有定整改期限", False, None),
    ],
)
def test_a_hazard_stands_against_its_deadline_in_words(changes, words, overdue, in_time):
    hazard = replace(HAZARD, **changes)

    assert (words_of(hazard, TODAY), hazard.is_overdue(TODAY), hazard.is_in_time) == (words, overdue, in_time)


def test_what_is_written_reads_back_equal():
    hazards = [
        HAZARD,
        replace(HAZARD, number="A-2", state="open", done=None, measure="", items=("12345678", "9abcdef0")),
        replace(HAZARD, number="A-4", responsible="张三　李四"),
        replace(HAZARD, number="A-3", deadline=None, text="两行\n文字", pair="罐区-1", state="reviewed"),
    ]

    rows, errors = read_hazards([titles(), *(hazard_cells(one, TODAY) for one in hazards)], jiexi(), TODAY)

    assert errors == []
    assert [row.hazard for row in rows] == hazards


def test_another_campaign_has_units_and_levels_of_its_own():
    row = changed(单位="塔吉克阿巴提镇", 级别="橙")

    rows, errors = read_hazards([HEAD, row], other(), TODAY)
    _, wrong = read_hazards([HEAD, row], jiexi(), TODAY)

    assert (errors, rows[0].hazard.level) == ([], "橙")
    assert {error.column for error in wrong} == {"单位", "级别"}


def test_the_second_list_holds_what_was_done():
    assert [*measures([HAZARD, replace(HAZARD, measure="", state="open", done=None)])] == [
        ("2020-0001", "龙潭镇", "围堰开裂", "修补", "王五", "已整改", "2020-06-30", "")
    ]


def test_a_hazard_may_not_be_found_tomorrow():
    assert [field for field, _ in wrongs(replace(HAZARD, found=date(2020, 7, 11)), jiexi(), TODAY)][:1] == ["found"]


# Forty rows, each wrong in one cell: what is changed, the column that is named, and a part of what to write there.
PLANTED = [
    ({"单位": ""}, "单位", "写上单位"),
    ({"单位": "龙谭镇"}, "单位", "是不是“龙潭镇”"),
    ({"单位": "火星镇政府办公室"}, "单位", "活动里没有这个单位"),
    ({"地点": ""}, "地点", "写上地点"),
    ({"地点": "远" * 201}, "地点", "最多 200 字"),
    ({"地点": "#REF!"}, "地点", "出错的公式"),
    ({"隐患情况": ""}, "隐患情况", "写上隐患情况"),
    ({"隐患情况": "长" * 2001}, "隐患情况", "最多 2000 字"),
    ({"隐患情况": "#N/A"}, "隐患情况", "出错的公式"),
    ({"级别": ""}, "级别", "写 一般隐患、重大隐患 之一"),
    ({"级别": "特大"}, "级别", "没有这个级别"),
    ({"级别": 3}, "级别", "没有这个级别"),
    ({"排查日期": ""}, "排查日期", "写上排查日期"),
    ({"排查日期": "六月十六"}, "排查日期", "写成 2001-02-03"),
    ({"排查日期": "2020-06-31"}, "排查日期", "没有这一天"),
    ({"排查日期": "2020-07-11", "整改期限": "", "完成日期": "", "整改情况": "整改中"}, "排查日期", "不能晚于今天"),
    ({"排查日期": 43998}, "排查日期", "写成 2001-02-03"),
    ({"整改期限": "月底"}, "整改期限", "写成 2001-02-03"),
    ({"整改期限": "2020-06-15"}, "整改期限", "不能早于排查日期"),
    ({"整改期限": "2020-13-01"}, "整改期限", "没有这一天"),
    ({"整改期限": "#VALUE!"}, "整改期限", "出错的公式"),
    ({"责任人": ""}, "责任人", "写上责任人"),
    ({"责任人": "王" * 201}, "责任人", "最多 200 字"),
    ({"整改措施": ""}, "整改措施", "写上采取的措施"),
    ({"整改措施": "", "整改情况": "复查"}, "整改措施", "写上采取的措施"),
    ({"整改措施": "修" * 2001}, "整改措施", "最多 2000 字"),
    ({"整改情况": "差不多了"}, "整改情况", "写 未整改、整改中、已整改、已复查 之一"),
    ({"整改情况": "完成"}, "整改情况", "写 未整改、整改中、已整改、已复查 之一"),
    ({"整改情况": "未整改"}, "整改情况", "写“已整改”或“已复查”"),
    ({"整改情况": ""}, "整改情况", "写“已整改”或“已复查”"),
    ({"完成日期": ""}, "完成日期", "写上完成日期"),
    ({"完成日期": "2020-06-15"}, "完成日期", "要在排查日期"),
    ({"完成日期": "2020-07-11"}, "完成日期", "要在排查日期"),
    ({"完成日期": "昨天"}, "完成日期", "写成 2001-02-03"),
    ({"对照编号": "对" * 201}, "对照编号", "最多 200 字"),
    ({"编号": "9" * 41}, "编号", "最多 40 字"),
    ({"编号": "row-1"}, "编号", "与第 2 行的编号相同"),
    ({"编号": "#NAME?"}, "编号", "出错的公式"),
    ({"单位": "#DIV/0!"}, "单位", "出错的公式"),
    ({"整改情况": "#NULL!"}, "整改情况", "出错的公式"),
]


def test_forty_planted_errors_are_each_named_by_row_column_and_what_to_write_and_none_is_taken():
    table = [HEAD, changed(编号="row-1")]
    table += [changed(**{"编号": f"row-{number}", **cells}) for number, (cells, _, _) in enumerate(PLANTED, 3)]

    rows, errors = read_hazards(table, jiexi(), TODAY)

    assert len(PLANTED) == 40
    assert rows == []
    assert {(error.row, error.column) for error in errors} == {
        (number, column) for number, (_, column, _) in enumerate(PLANTED, 3)
    }
    for number, (_, column, wanted) in enumerate(PLANTED, 3):
        assert any(error.row == number and error.column == column and wanted in error.wanted for error in errors)
    assert all(sentence.startswith("第 ") and sentence.endswith("。") for sentence in told(errors))


@pytest.mark.parametrize("table", [[], [["a", "b"]], [["隐患情况", "色彩"]], [HEAD]])
def test_a_table_without_headings_or_rows_is_told(table):
    rows, errors = read_hazards(table, jiexi(), TODAY)

    assert rows == []
    assert errors
