"""Make the documents of a package of evidence: the list as XLSX, the contact sheet as PDF, the summary as DOCX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from pydantic import TypeAdapter

from pipelines.domain.evidence import (
    HEADINGS,
    KINDS,
    LEFT_OUT_HEADINGS,
    EvidenceList,
    left_out_rows,
    length,
    rows,
)
from pipelines.domain.wording import plain
from pipelines.tools.documents.typesetting import typeset
from pipelines.tools.documents.word import WordDocument
from pipelines.tools.documents.workbook import workbook

EVIDENCE = TypeAdapter(EvidenceList)
LIST, CONTACT_SHEET, SUMMARY = "list.xlsx", "contact-sheet.pdf", "summary.docx"
_WIDTHS = (6, 17, 40, 6, 14, 16, 14, 11, 16, 11, 10, 30, 28, 14, 66)
_PRINTED = 12  # columns; names and checksums are read on a screen
_LEFT_OUT_WIDTHS = (10, 32, 16, 18, 12, 60)
_PICTURE_COLUMN = 1


def write_evidence(folder: Path) -> None:
    """Write the documents of the list in `data.json` into this folder, with the JPEGs in `pictures`, by job."""
    found = EVIDENCE.validate_json((folder / "data.json").read_bytes())
    pictures = {path.stem: path for path in (folder / "pictures").iterdir()}
    (folder / LIST).write_bytes(_list_as_xlsx(found, pictures))
    (folder / CONTACT_SHEET).write_bytes(_contact_sheet_as_pdf(found, pictures))
    (folder / SUMMARY).write_bytes(_summary_as_docx(found))


def _list_as_xlsx(found: EvidenceList, pictures: Mapping[str, Path]) -> bytes:
    """Return the list as XLSX with a picture in each row, and what is left out on a second sheet."""
    with workbook() as book:
        page = book.page("佐证材料清单", HEADINGS, _WIDTHS, printed=_PRINTED)
        for row, one in zip(rows(found), found.items, strict=True):
            page.add(row, picture=pictures.get(one.item.job), at=_PICTURE_COLUMN)
        page = book.page("没有收入的", LEFT_OUT_HEADINGS, _LEFT_OUT_WIDTHS)
        for row in left_out_rows(found):
            page.add(row)
    return book.bytes


def _contact_sheet_as_pdf(found: EvidenceList, pictures: Mapping[str, Path]) -> bytes:
    """Return the contact sheet as PDF, A4, four pictures a row."""
    items = [
        {
            "number": one.number,
            "name": one.path.rpartition("/")[2],
            "picture": f"{one.item.job}.jpg" if one.item.job in pictures else None,
            "none": "没有缩略图",
            "facts": " · ".join(plain(part) for part in (one.item.place, one.item.programme) if part),
        }
        for one in found.items
    ]
    data = {"title": f"{found.title} 缩略图", "subtitle": f"{found.subtitle} · 共 {len(items)} 件", "items": items}
    return typeset("contact-sheet", data, {path.name: path for path in pictures.values()})


def _summary_as_docx(found: EvidenceList) -> bytes:
    """Return the summary as DOCX: counts, a table by unit, and what is left out."""
    totals = found.totals()
    films, photos = sum(one.films for one in totals), sum(one.photos for one in totals)
    seconds = sum((one.seconds for one in totals), start=Fraction(0))
    document = WordDocument(found.title)
    document.paragraph(found.subtitle, centred=True)
    document.paragraph(
        f"本次报送佐证材料共 {len(found.items)} 件：{KINDS['film']} {films} 个，合计 {length(seconds)}；"
        f"{KINDS['photo']} {photos} 张。来自 {len(totals)} 个单位。另有 {len(found.left_out)} 件没有收入，原因见后。"
    )
    document.heading("一、各单位数量")
    units = [
        (str(row), plain(one.unit), str(one.films), length(one.seconds), str(one.photos), _joined(one.activities))
        for row, one in enumerate(totals, 1)
    ]
    whole = ("", "合计", str(films), length(seconds), str(photos), "")
    document.table(("序号", "单位", "视频（个）", "视频时长", "照片（张）", "活动"), [*units, whole])
    document.heading("二、各单位报送的材料")
    for report in found.reports:
        document.paragraph(f"{plain(report.unit)}（{report.state}）")
        for line in report.text.splitlines():
            document.paragraph(plain(line))
    if not found.reports:
        document.paragraph("无。")
    document.heading("三、没有收入的材料")
    left = [(plain(one.item.unit), plain(one.item.title), plain(one.reason)) for one in found.left_out]
    if left:
        document.table(("单位", "原文件名", "原因"), left)
    else:
        document.paragraph("无。")
    document.heading("四、核对")
    document.paragraph("每个文件的校验码（SHA-256）在清单的最后一列，可用来核对文件是否完整、有没有被改动。")
    document.signature()
    return document.bytes()


def _joined(names: Sequence[str]) -> str:
    return plain("、".join(names))
