"""Read a spreadsheet, XLSX or CSV, as rows of cells, inside a child: it comes from outside."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from openpyxl import load_workbook

MOST_ROWS, _MOST_COLUMNS, _MOST_UNPACKED = 50_000, 100, 400 << 20
ROWS_JSON = "rows.json"


def serve(request: dict[str, Any]) -> bytes:
    """Write the rows of the file that is open under a descriptor into `rows.json`; reply with their number.

    −1: it can't be read; −2: it has too many rows.
    """
    try:
        with os.fdopen(request["descriptor"], "rb") as file:
            data = file.read()
        rows = [*(_xlsx(data) if data.startswith(b"PK") else _csv(data))]
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a spoilt workbook makes openpyxl fail in any way
        return b"-1"
    if len(rows) > MOST_ROWS:
        return b"-2"
    Path(ROWS_JSON).write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return str(len(rows)).encode()


def _xlsx(data: bytes) -> Iterator[list[object]]:
    """Yield the rows of the first sheet."""
    with ZipFile(io.BytesIO(data)) as packed:
        if sum(member.file_size for member in packed.infolist()) > _MOST_UNPACKED:
            raise ValueError("it would unpack to too many bytes")
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    for number, row in enumerate(book.worksheets[0].iter_rows(values_only=True)):
        if number > MOST_ROWS:
            return
        yield _trimmed([_cell(value) for value in row[:_MOST_COLUMNS]])


def _cell(value: object) -> object:
    """Return a cell as JSON holds it: a day as YYYY-MM-DD."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int | float | str) or value is None else str(value)


def _csv(data: bytes) -> Iterator[list[object]]:
    if b"\0" in data:
        raise ValueError("not a text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    for number, row in enumerate(csv.reader(io.StringIO(text, newline=""))):
        if number > MOST_ROWS:
            return
        yield _trimmed([*row[:_MOST_COLUMNS]])


def _trimmed(row: list[object]) -> list[object]:
    """Return a row without the empty cells at its end: a workbook may claim sixteen thousand columns."""
    while row and row[-1] in {None, ""}:
        row.pop()
    return row
