"""Figures are a table, a chart in three formats that is the same picture, and a spreadsheet; a unit counts its own."""

from __future__ import annotations

import html
import io

import numpy as np
import openpyxl
import pypdfium2
import pytest
from PIL import Image

from storage.records import Asset
from tests.desk.conftest import PAGE, Desk


@pytest.fixture
def counted(desk: Desk) -> Desk:
    """Two films and a photo of two units."""
    for number, (unit, role) in enumerate((("龙潭镇", "master"), ("龙潭镇", "photo"), ("棉湖镇", "master"))):
        job = desk.submit(f"{number}.mp4", unit=unit, activity="qidong", date=f"2020-06-0{number + 1}")
        facts = (f"{number}" * 64, 9, 1920, 1080, 60.0 if role == "master" else None)
        desk.ledger.index([Asset(f"k{number}", f"m{number}", f"{role}.x", role, "video/mp4", *facts)])
        desk.ledger.move(job.id, ["received"], state="published", manifest=f"m{number}", original=f"{number}" * 64)
    desk.ledger.custody.record("0" * 64, "downloaded", desk.ledger.find(limit=1)[0].id, by="x")
    return desk


def test_the_table_and_the_spreadsheet_say_the_same(counted):
    page = html.unescape(counted.client.get("/figures?by=unit", headers=PAGE).text)
    sheet = openpyxl.load_workbook(io.BytesIO(counted.client.get("/figures/table.xlsx?by=unit").content)).worksheets[0]
    rows = {row[0]: row[1:5] for row in sheet.iter_rows(min_row=2, values_only=True)}

    assert rows["龙潭镇"] == (2, 1, 1, 1)
    assert rows["合计"] == (3, 2, 2, 1)
    assert '<th scope="row">龙潭镇</th><td>2</td><td>1</td><td>1.0</td><td>1</td>' in page
    assert '<img class="chart" src="/figures/chart.svg?' in page


def test_the_chart_is_the_same_picture_in_each_format(counted):
    made = {kind: counted.client.get(f"/figures/chart.{kind}?by=unit&measure=films") for kind in ("svg", "pdf", "png")}

    png = Image.open(io.BytesIO(made["png"].content)).convert("L")
    with pypdfium2.PdfDocument(made["pdf"].content) as document:
        text = document[0].get_textpage().get_text_range()
        drawn = document[0].render(scale=png.width / document[0].get_width()).to_pil().convert("L").resize(png.size)
    differs = np.abs(np.asarray(png, float) - np.asarray(drawn, float)).mean()

    assert [made[kind].headers["content-type"] for kind in made] == ["image/svg+xml", "application/pdf", "image/png"]
    assert "合计：2" in text
    assert b"<svg" in made["svg"].content[:200]
    assert b"<script" not in made["svg"].content
    assert differs < 3  # of 255: edges of letters alone


def test_a_period_and_a_unit_narrow_what_is_counted(counted):
    asked = {"since=2020-06-02": 1, "until=2020-06-02": 1, "unit=棉湖镇": 1, "since=2021-01-01": 0, "": 2}
    found = {}
    for query in asked:
        data = counted.client.get(f"/figures/table.xlsx?{query}").content
        *_, last = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].iter_rows(values_only=True)
        found[query] = last[2]

    assert found == asked
    assert counted.client.get("/figures?by=colour").status_code == 422


def test_a_unit_counts_its_own_alone(counted):
    unit = counted.holding(["submit", "read"], unit="龙潭镇")
    sheet = openpyxl.load_workbook(io.BytesIO(unit.get("/figures/table.xlsx?unit=棉湖镇").content)).worksheets[0]
    rows = {row[0]: row[2] for row in sheet.iter_rows(min_row=2, values_only=True)}

    assert (rows["龙潭镇"], rows["棉湖镇"], rows["合计"]) == (1, 0, 1)
