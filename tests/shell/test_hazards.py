"""An operator imports, lists and exports hazards from the command line."""

from __future__ import annotations

import openpyxl
from xlsxwriter import Workbook

from tests.unit.test_hazards import HEAD, changed


def sheet(path, *rows):
    with Workbook(path) as book:
        page = book.add_worksheet()
        for number, row in enumerate([HEAD, *rows]):
            page.write_row(number, 0, row)
    return path


def test_a_list_is_imported_listed_and_exported(footage, tmp_path):
    rows = changed(编号=""), changed(编号="", 隐患情况="地面湿滑", 整改情况="未整改", 完成日期="")
    first = footage("hazards", "import", sheet(tmp_path / "a.xlsx", *rows), "--json")
    again = footage("hazards", "import", tmp_path / "a.xlsx", "--json")
    listed = footage("hazards", "list", "--overdue", "--json")
    written = footage("hazards", "export", "-o", tmp_path / "out.xlsx")

    assert first.objects == [{"rows": 2, "new": 2, "changed": 0, "dry_run": False}], first.err
    assert again.objects[0]["changed"] == 2
    assert [(one["text"], one["unit"]) for one in listed.objects] == [("地面湿滑", "龙潭镇")]
    assert written.status == 0
    numbers = [
        row[0]
        for row in openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0].iter_rows(min_row=2, values_only=True)
    ]
    assert numbers == [f"{numbers[0][:4]}-0001", f"{numbers[0][:4]}-0002"]


def test_every_error_is_told_and_nothing_is_imported(footage, tmp_path):
    wrong = sheet(tmp_path / "a.xlsx", changed(单位="火星"), changed(编号="B", 排查日期=""))

    told = footage("hazards", "import", wrong)
    as_json = footage("hazards", "import", wrong, "--json")

    assert told.status == 2
    assert "第 2 行“单位”：“火星”：活动里没有这个单位" in told.err
    assert "第 3 行“排查日期”：写上排查日期" in told.err
    assert [(one["row"], one["column"]) for one in as_json.objects] == [(2, "单位"), (3, "排查日期")]
    assert footage("hazards", "list", "--json").out == ""
