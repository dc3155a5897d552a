"""A list of files is read by its Chinese headings; every error is named by row and column, and then none is taken."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from pipelines.domain.import_sheet import SheetRow, read_sheet
from pipelines.domain.sheet_cells import SheetError, told
from tests.unit.facts import jiexi, other

FILES = ["启动仪式.mp4", "现场/隐患.jpg", "现场/整改.jpg", "7.mp4"]
HEAD = ["序号", "文件名", "单位", "栏目", "活动", "地点", "日期", "对照编号", "前后", "备注"]
GOOD = [1, "启动仪式.mp4", "龙潭镇", "安全主播走一线", "启动仪式", "文化广场", "2020-06-16", "", "", "x"]


def read(*rows: list[object], head: list[object] | None = None) -> tuple[list[SheetRow], list[SheetError]]:
    return read_sheet([head or HEAD, *rows], jiexi(), FILES)


def changed(**cells: object) -> list[object]:
    """A right row with these cells by heading."""
    return [cells.get(name, cell) for name, cell in zip(HEAD, GOOD, strict=True)]


def test_a_row_is_what_its_columns_say() -> None:
    rows, errors = read(GOOD, changed(文件名="现场/隐患.jpg", 对照编号="罐区-1", 前后="整改前", 栏目="nanyue", 活动=""))

    assert errors == []
    assert rows == [
        SheetRow(
            2,
            "启动仪式.mp4",
            "zhubo",
            {
                "unit": "龙潭镇",
                "activity": "qidong",
                "place": "文化广场",
                "date": date(2020, 6, 16),
                "pair": "",
                "side": "",
            },
        ),
        SheetRow(
            3,
            "现场/隐患.jpg",
            "nanyue",
            {
                "unit": "龙潭镇",
                "activity": "",
                "place": "文化广场",
                "date": date(2020, 6, 16),
                "pair": "罐区-1",
                "side": "before",
            },
        ),
    ]


def test_headings_may_stand_below_titles_in_any_order_and_with_hints() -> None:
    table = [
        ["2020年安全生产月素材清单"],
        ["填报单位：龙潭镇"],
        ["拍摄日期（年-月-日）", "文 件 名 *", " 报送单位 "],
        [datetime(2020, 6, 16), "启动仪式.mp4", "龙潭"],
        ["", "", ""],
        ["2020年6月17日", 7.0, "龙潭"],
    ]

    rows, errors = read_sheet(table, jiexi(), [*FILES, "7"])

    assert errors == []
    assert [(row.row, row.file, row.said["unit"], row.said["date"]) for row in rows] == [
        (4, "启动仪式.mp4", "龙潭镇", date(2020, 6, 16)),
        (6, "7", "龙潭镇", date(2020, 6, 17)),
    ]


@pytest.mark.parametrize("said", ["2020-06-16", "2020/6/16", "2020.6.16", "2020年6月16日", "2020 年 6 月 16 日"])
def test_a_day_may_be_written_as_people_write_it(said: str) -> None:
    rows, errors = read(changed(日期=said))

    assert errors == []
    assert rows[0].said["date"] == date(2020, 6, 16)


PLANTED = [
    ({"文件名": ""}, "文件名", "写上文件名"),
    ({"文件名": "启动仪式.mp5"}, "文件名", "文件夹里没有这个文件，是不是“启动仪式.mp4”"),
    ({"文件名": "../../etc/passwd"}, "文件名", "文件夹里没有这个文件"),
    ({"文件名": "/etc/passwd"}, "文件名", "文件夹里没有这个文件"),
    ({"单位": ""}, "单位", "写上单位"),
    ({"单位": "龙潭村"}, "单位", "活动里没有这个单位，是不是“龙潭镇”"),
    ({"单位": "=A1"}, "单位", "活动里没有这个单位；可用：县应急管理局、"),
    ({"单位": "#REF!"}, "单位", "这一格是出错的公式，请改成文字"),
    ({"栏目": "走一线"}, "栏目", "没有这个栏目；可用：安全主播走一线、安全生产南粤行"),
    ({"活动": "演练"}, "活动", "没有这个活动；可用：学习宣贯、"),
    ({"地点": "长" * 201}, "地点", "最多 200 字"),
    ({"日期": "6月16日"}, "日期", "写成 2001-02-03 这样的日期"),
    ({"日期": "2020-02-30"}, "日期", "没有这一天"),
    ({"日期": "2020-13-01"}, "日期", "没有这一天"),
    ({"日期": 43998}, "日期", "写成 2001-02-03 这样的日期"),
    ({"日期": "#N/A"}, "日期", "这一格是出错的公式，请改成文字"),
    ({"对照编号": "罐区-1"}, "前后", "“对照编号”和“前后”要一起写"),
    ({"前后": "整改前"}, "对照编号", "“对照编号”和“前后”要一起写"),
    ({"对照编号": "1", "前后": "中间"}, "前后", "写“整改前”或“整改后”"),
]


@pytest.mark.parametrize(("cells", "column", "wanted"), PLANTED)
def test_each_error_is_named_by_row_and_column_with_what_to_write(
    cells: dict[str, object], column: str, wanted: str
) -> None:
    rows, (error, *more) = read(changed(文件名="7.mp4"), changed(**cells))

    assert rows == []  # not even the right one
    assert more == []
    assert (error.row, error.column) == (3, column)
    assert error.wanted.startswith(wanted)


def test_forty_planted_errors_are_all_found() -> None:
    bad = [cells for cells, *_ in PLANTED for _ in range(2)] + [{"文件名": "启动仪式.mp4"}, {"文件名": "启动仪式.mp4"}]
    rows, errors = read(GOOD, *(changed(**cells) for cells in bad))

    doubled = [error for error in errors if error.wanted == "与第 2 行是同一个文件，请删掉一行"]
    found = {error.row for error in errors}
    assert rows == []
    assert found == set(range(3, 43))
    assert len(doubled) == 40 - 8  # the rows that name the good file again, whatever else is wrong with them
    assert len([error for error in errors if error not in doubled]) == 38


def test_a_row_names_all_its_errors_at_once() -> None:
    _, errors = read(changed(文件名="x", 单位="火星", 日期="昨天"))

    assert [error.column for error in errors] == ["文件名", "单位", "日期"]
    assert [*told(errors)][1].startswith("第 2 行“单位”：“火星”：活动里没有这个单位")


@pytest.mark.parametrize(
    ("head", "row", "wanted"),
    [
        (["单位", "日期"], 1, "表头要有“文件名”一列"),
        ([*HEAD[:9], "拍摄人"], 1, "不认识这一列"),
        ([*HEAD[:9], "文件名"], 1, "这一列出现了两次"),
    ],
)
def test_headings_that_are_missing_unknown_or_doubled_are_told(head: list[object], row: int, wanted: str) -> None:
    rows, (error, *_) = read(GOOD, head=head)

    assert rows == []
    assert error.row == row
    assert error.wanted.startswith(wanted)


def test_a_list_without_rows_says_so_and_another_county_has_its_own_names() -> None:
    assert read()[1] == [SheetError(2, "文件名", "", "表头下面没有内容")]
    rows, errors = read_sheet([["文件名", "单位"], ["a.mp4", ""]], other(), ["a.mp4"], unit="县教育局")

    assert (errors, rows[0].said["unit"], rows[0].programme) == ([], "县教育局", "")
