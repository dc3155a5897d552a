"""Write the list of a package as a spreadsheet, and its contact sheet as a page that opens without a network."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

import xlsxwriter

from pipelines.domain.campaign import Campaign
from pipelines.domain.wording import plain
from storage.records import Asset, Job

_EPOCH = datetime(1980, 1, 1)
_COLUMNS = (
    *(("文件", 48), ("原文件名", 32), ("单位", 16), ("活动", 20), ("地点", 16), ("拍摄日期", 12), ("栏目", 18)),
    *(("画面", 12), ("时长（秒）", 10), ("字节", 14), ("SHA-256", 66)),
)
_STYLE = (
    "body{font:14px/1.5 sans-serif;margin:1.5rem}ul{display:grid;gap:1rem;list-style:none;padding:0;"
    "grid-template-columns:repeat(auto-fill,minmax(14rem,1fr))}img{width:100%;aspect-ratio:16/9;object-fit:contain;"
    "background:#000}li{break-inside:avoid}p{margin:.2rem 0;overflow-wrap:anywhere}"
)


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One output in a package, under its name there."""

    name: str
    job: Job
    asset: Asset


def spreadsheet(files: Sequence[PackedFile], campaign: Campaign) -> bytes:
    """Return the list as XLSX, one row a file. Texts are written as texts: none becomes a formula or a link."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": _EPOCH})  # the same list gives the same bytes
    page = book.add_worksheet("清单")
    head = book.add_format({"bold": True, "bottom": 1})
    for column, (title, width) in enumerate(_COLUMNS):
        page.set_column(column, column, width)
        page.write_string(0, column, title, head)
    for row, file in enumerate(files, 1):
        for column, value in enumerate(_row(file, campaign)):
            page.write(row, column, value)
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, len(files), len(_COLUMNS) - 1)
    book.close()
    return target.getvalue()


def _row(file: PackedFile, campaign: Campaign) -> tuple[str | float | None, ...]:
    job, asset = file.job, file.asset
    size = f"{asset.width}×{asset.height}" if asset.width else ""
    return (
        *(file.name, plain(job.name), plain(job.unit), plain(campaign.activity_named(job.activity))),
        *(plain(job.place), job.date, campaign.programme_named(job.programme)),
        *(size, round(asset.duration, 3) if asset.duration else None, asset.size, asset.sha256),
    )


def contact_sheet(files: Sequence[PackedFile], pictures: Mapping[str, str]) -> bytes:
    """Return the contact sheet as HTML, one picture a job. `pictures`: names in the folder `缩略图`, by job."""
    jobs = {file.job.id: file.job for file in files}
    cells = []
    for job in jobs.values():
        picture = f'<img src="缩略图/{pictures[job.id]}" alt="">' if job.id in pictures else ""
        facts = " · ".join(escape(plain(part)) for part in (job.unit, job.place, job.date) if part)
        cells.append(f"<li>{picture}<p><b>{escape(plain(job.name))}</b></p><p>{facts}</p></li>")
    head = f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>缩略图</title><style>{_STYLE}</style>'
    return f"{head}<h1>共 {len(jobs)} 件</h1><ul>{''.join(cells)}</ul></html>".encode()
