"""A folder is imported by its list: all of it or nothing, and again without doubling anything."""

from __future__ import annotations

import csv
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image
from xlsxwriter import Workbook

from storage.ledger import Ledger
from tests.running import Footage

HEAD = ["文件名", "单位", "活动", "日期", "备注"]


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A folder as a camera's card has it: three photos, one of them twice, and what computers leave there."""
    folder = tmp_path / "DCIM"
    (folder / "现场").mkdir(parents=True)
    for number, name in enumerate(("a.jpg", "现场/b.jpg", "c.jpg")):
        Image.new("L", (1920, 1080 + number), 90).save(folder / name)
    shutil.copy(folder / "a.jpg", folder / "又一份.jpg")
    (folder / "Thumbs.db").write_bytes(b"x")
    (folder / ".hidden").write_bytes(b"x")
    (folder / "link.jpg").symlink_to("/etc/passwd")
    return folder


def xlsx(path: Path, *rows: list[object]) -> Path:
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for at, row in enumerate([HEAD, *rows]):
            sheet.write_row(at, 0, row)
        sheet.write_datetime(1, 3, __import__("datetime").datetime(2020, 6, 16), day)
    return path


def jobs(footage: Footage) -> list[tuple[str, str, str, str, str]]:
    with closing(Ledger(f"sqlite:///{footage.home / 'ledger.sqlite'}")) as ledger:
        return sorted((job.name, job.unit, job.date, job.lane, job.state) for job in ledger.find())


def test_a_card_is_imported_once_however_often_it_is_tried(footage, card, tmp_path):
    sheet = xlsx(
        tmp_path / "清单.xlsx", ["a.jpg", "龙潭", "启动仪式", "", ""], ["现场/b.jpg", "棉湖镇", "", "2020/6/17", ""]
    )

    first = footage("import", card, "--sheet", sheet, "--json")
    again = footage("import", card, "--sheet", sheet, "--json")

    *told, last = first.objects
    assert first.status == 0, first.err
    assert [(one["row"], one["file"], one["state"]) for one in told] == [
        (2, "a.jpg", "imported"),
        (3, "现场/b.jpg", "imported"),
    ]
    assert last == {"rows": 2, "dry_run": False, "not_listed": ["c.jpg", "又一份.jpg"]}
    assert [one["state"] for one in again.objects[:-1]] == ["already", "already"]
    assert [one["job"] for one in again.objects[:-1]] == [one["job"] for one in told]
    assert jobs(footage) == [
        ("a.jpg", "龙潭镇", "2020-06-16", "bulk", "queued"),
        ("b.jpg", "棉湖镇", "2020-06-17", "bulk", "queued"),
    ]


def test_the_same_bytes_under_another_name_are_told(footage, card, tmp_path):
    sheet = xlsx(tmp_path / "清单.xlsx", ["a.jpg", "龙潭镇", "", "", ""], ["又一份.jpg", "龙潭镇", "", "", ""])

    done = footage("import", card, "--sheet", sheet, "--json")

    first, second, _ = done.objects
    assert (first["state"], second["state"]) == ("imported", "duplicate")
    assert second["text"] == f"与任务 {first['job'][:8]} 的文件完全相同"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_one_error_and_nothing_is_imported(footage, card, tmp_path, encoding):
    sheet = tmp_path / "清单.csv"
    with sheet.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([HEAD, ["a.jpg", "龙潭镇", "", "", ""], ["c.jpg", "火星", "", "6月", "好"]])

    done = footage("import", card, "--sheet", sheet)
    told = footage("import", card, "--sheet", sheet, "--json")

    assert done.status == told.status == 2
    assert "第 3 行“单位”：“火星”：活动里没有这个单位" in done.err
    assert "第 3 行“日期”：“6月”：写成 2001-02-03 这样的日期。" in done.err
    assert "清单有 2 处要改，改好再导入；现在一件也没有导入。（sheet-invalid）" in done.err
    assert [(one["row"], one["column"]) for one in told.objects] == [(3, "单位"), (3, "日期")]
    assert jobs(footage) == []


def test_a_list_can_be_checked_first(footage, card, tmp_path):
    sheet = xlsx(tmp_path / "清单.xlsx", ["a.jpg", "", "", "", ""])

    done = footage("import", card, "--sheet", sheet, "--unit", "坪上镇", "--dry-run")

    assert done.status == 0
    assert "清单 1 行没有错误；没有导入（--dry-run）。" in done.out
    assert "清单上没有、没有导入的 3 个文件：c.jpg、又一份.jpg、现场/b.jpg" in done.out
    assert jobs(footage) == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no book", b"\x00\x01\x02", b"\xff\xfe\xfa\x81"])
@pytest.mark.parametrize("name", ["清单.xlsx", "清单.csv"])
def test_what_is_no_list_is_refused_with_a_sentence(footage, card, tmp_path, name, content):
    sheet = tmp_path / name
    sheet.write_bytes(content)

    done = footage("import", card, "--sheet", sheet)

    assert done.status == 2
    assert "Traceback" not in done.err
    assert "sheet-unreadable" in done.err or "sheet-invalid" in done.err
