"""Units and the office keep both lists on the page and in spreadsheets: whole or not at all, each unit its own."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
import xlsxwriter
from PIL import Image
from starlette.testclient import TestClient

from storage.digests import sha256_of
from storage.records import Asset
from tests.desk.conftest import PAGE, Desk
from tests.unit.test_hazards import HEAD, PLANTED, changed

TYPED = {
    "unit": "河婆街道",
    "place": "罐区",
    "text": "围堰开裂",
    "level": "重大隐患",
    "found": "2020-06-16",
    "deadline": "2020-07-01",
    "responsible": "王五",
    "measure": "",
    "state": "open",
}


@pytest.fixture
def unit(desk: Desk) -> TestClient:
    return desk.holding(["submit", "read"], unit="河婆街道")


@pytest.fixture
def office(desk: Desk) -> TestClient:
    return desk.holding(["submit", "read", "edit"])


def page(client: TestClient, path: str = "/hazards") -> str:
    answer = client.get(path, headers=PAGE)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def typed(client: TestClient, path: str = "/hazards/new", **fields: Any) -> Any:
    revision = re.search(r'name="revision" value="(\d+)"', page(client, path))
    return client.post(path, data={**TYPED, "revision": revision[1], **fields}, headers=PAGE, follow_redirects=False)


def added(client: TestClient, **fields: Any) -> str:
    answer = typed(client, **fields)
    assert answer.status_code == 303, html.unescape(answer.text)
    return answer.headers["location"].partition("?")[0]


def sent(client: TestClient, data: bytes, name: str = "清单.xlsx") -> Any:
    return client.post("/hazards/import", files={"sheet": (name, data)}, headers=PAGE, follow_redirects=False)


def xlsx(*rows: list[object]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([HEAD, *rows]):
            for column, value in enumerate(row):
                write = sheet.write_string if isinstance(value, str) else sheet.write
                write(number, column, value)
    return target.getvalue()


def test_a_unit_enters_a_hazard_and_what_was_done_and_the_office_reviews_it(unit, office):
    at = added(unit)
    assert "逾期" in page(unit)

    assert typed(unit, at, state="fixed", measure="重做围堰", done="2020-06-30").status_code == 303
    assert "按期完成" in page(office, at)
    refused = typed(unit, at, state="reviewed", measure="重做围堰", done="2020-06-30")
    assert (refused.status_code, "复查由县里填" in refused.text) == (422, True)
    assert typed(office, at, state="reviewed", measure="重做围堰", done="2020-06-30", number="").status_code == 303
    assert typed(unit, at, state="fixed", measure="改", done="2020-06-30").status_code == 422
    assert "已复查" in page(unit)


def test_what_is_wrong_is_told_and_what_was_typed_is_still_there(unit):
    answers = [
        typed(unit, text="地面湿滑", state="fixed"),
        typed(unit, text="地面湿滑", deadline="2020-06-01"),
        typed(unit, text="地面湿滑", found="六月"),
        typed(unit, text="地面湿滑", place=" "),
        typed(unit, text="地面湿滑", level="特大"),
    ]

    assert [answer.status_code for answer in answers] == [422] * 5
    assert all("地面湿滑</textarea>" in answer.text for answer in answers)
    assert "没有符合条件的隐患" in page(unit)


def test_everything_that_is_wrong_is_told_at_once(unit):
    fields = typed(unit, text="地面湿滑", place="", responsible="", found="六月", done="x")
    rules = typed(unit, text="地面湿滑", state="fixed", level="特大")

    assert "请写上地点。请写上责任人。排查日期没有填对。完成日期没有填对。" in fields.text
    assert all(said in rules.text for said in ("级别：写", "已整改的，写上采取的措施", "已整改的，写上完成日期"))


def test_a_blank_sheet_has_the_headings_of_a_full_one(office):
    added(office)
    full, blank = (
        openpyxl.load_workbook(io.BytesIO(office.get(f"/hazards/{name}.xlsx").content)).worksheets[0]
        for name in ("lists", "blank")
    )

    assert [cell.value for cell in blank[1]] == [cell.value for cell in full[1]]
    assert (full.max_row, blank.max_row) == (2, 1)


def test_two_people_do_not_overwrite_each_other(unit, office):
    at = added(unit)
    old = {**TYPED, "revision": "1", "responsible": "赵六"}
    typed(unit, at, responsible="李四")

    late = office.post(at, data=old, headers=PAGE)

    assert late.status_code == 409
    assert "赵六" in late.text
    assert "李四" in page(unit)


def test_a_unit_sees_and_changes_its_own_alone(unit, office):
    other = added(office, unit="龙潭镇", place="别处的罐区")
    own = added(office)

    assert "别处的罐区" not in page(unit)
    assert "别处的罐区" not in unit.get("/hazards?unit=龙潭镇", headers=PAGE).text
    assert unit.get(other).status_code == 404
    assert unit.post(other, data={**TYPED, "revision": "1"}).status_code == 404
    assert unit.get(f"{other}/exposure.pdf").status_code == 404
    assert unit.get(own, headers=PAGE).status_code == 200
    listed = openpyxl.load_workbook(io.BytesIO(unit.get("/hazards/lists.xlsx").content))
    assert [row[1] for row in listed.worksheets[0].iter_rows(min_row=2, values_only=True)] == ["河婆街道"]


def test_the_list_is_filtered_by_what_is_asked(office):
    added(office, place="甲地")
    added(office, unit="龙潭镇", place="乙地", level="一般隐患", deadline="2999-01-01")

    shown = {
        query: page(office, f"/hazards?{query}") for query in ("unit=龙潭镇", "level=重大隐患", "overdue=1", "q=乙")
    }

    assert {query: ("甲地" in text, "乙地" in text) for query, text in shown.items()} == {
        "unit=龙潭镇": (False, True),
        "level=重大隐患": (True, False),
        "overdue=1": (True, False),
        "q=乙": (False, True),
    }


def test_what_is_exported_can_be_imported_again_and_doubles_nothing(office):
    added(office, measure="=1+1 重做\n围堰", state="fixed", done="2020-06-20")
    added(office, place="另一处")
    data = office.get("/hazards/lists.xlsx").content

    again = sent(office, data)
    changed_ = sent(office, data)
    after = office.get("/hazards/lists.xlsx").content

    assert again.headers["location"] == "/hazards?new=0&changed=2"
    assert changed_.status_code == 303
    assert after == data
    assert openpyxl.load_workbook(io.BytesIO(data)).sheetnames == ["隐患清单", "整改措施清单"]


def test_a_sheet_with_forty_errors_names_each_and_takes_nothing(office):
    rows = [changed(**{"编号": f"row-{number}", **cells}) for number, (cells, _, _) in enumerate(PLANTED, 3)]
    answer = sent(office, xlsx(changed(编号="row-1"), *rows))
    text = html.unescape(answer.text)

    assert answer.status_code == 422
    for number, (cells, column, _) in enumerate(PLANTED, 3):
        if "2020-07-11" not in cells.values():  # that day is over by now
            assert f"第 {number} 行“{column}”" in text
    assert "没有符合条件的隐患" in text


def test_a_units_sheet_takes_over_no_other_units_hazard_and_reviews_none(unit, office):
    added(office, unit="龙潭镇", number="L-1")
    own = {"单位": "河婆街道", "编号": ""}

    answers = [
        sent(unit, xlsx(changed(**{**own, "编号": "L-1"}))),
        sent(unit, xlsx(changed(单位="龙潭镇"))),
        sent(unit, xlsx(changed(**own, 整改情况="复查"))),
        sent(unit, b"not a sheet", "a.xlsx"),
        sent(unit, b"PK\x03\x04" + bytes(500), "a.xlsx"),
        sent(unit, xlsx(changed(**own))),
    ]

    assert [answer.status_code for answer in answers] == [422] * 5 + [303]
    assert "别的单位已用了这个编号" in answers[0].text
    assert "只能填本单位" in answers[1].text
    assert "复查由县里填" in answers[2].text


def test_a_hazard_is_exposed_with_its_pictures(desk: Desk, office, tmp_path: Path):
    job = desk.submit("隐患.jpg", unit="河婆街道", pair="罐区-1", side="before", date="2020-06-16")
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (1920, 1080), "teal").save(path)
    key = f"published/{job.id}/photo.jpg"
    desk.context.store.put(key, path, media_type="image/jpeg")
    facts = ("photo", "image/jpeg", sha256_of(path), path.stat().st_size, 1920, 1080, None)
    desk.ledger.index([Asset(key, "m", "photo.jpg", *facts)])
    desk.ledger.move(job.id, ["received"], state="published", manifest="m", original="a" * 64)
    named = added(office, pair="罐区-1", item=[job.id])
    strange = typed(office, item=["0" * 32])

    answer = office.get(f"{named}/exposure.pdf")
    with pypdfium2.PdfDocument(answer.content) as document:
        text = document[0].get_textpage().get_text_range()
        kinds = [item.type for item in document[0].get_objects(max_depth=3)]

    assert answer.headers["content-type"] == "application/pdf"
    assert "围堰开裂" in text
    assert "整改前 · 2020-06-16" in text
    assert kinds.count(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE) == 1
    assert f"/files/{job.id}/photo.jpg" in page(office, named)
    assert strange.status_code == 422
