"""Read a spreadsheet that an operator names, XLSX or CSV, as rows of cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from pipelines.domain.errors import WrongUse

_MOST_BYTES, _MOST_UNPACKED, _MOST_ROWS = 20 << 20, 400 << 20, 50_000
_UNREADABLE = "读不出这个表格；请另存为 .xlsx 或 CSV（UTF-8）再试。"


def read_table(path: Path) -> list[Sequence[object]]:
    """Return the rows of the first sheet of an XLSX file, or of a CSV file in UTF-8 or GB 18030. Raises WrongUse."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise WrongUse(
                f"{path}: over {_MOST_BYTES} bytes", code="sheet-too-large", text="表格超过 20 MB，请分成几份。"
            )
        rows = _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    except (OSError, BadZipFile, KeyError, ValueError, csv.Error) as error:
        raise WrongUse(f"{path}: {error}", code="sheet-unreadable", text=f"{path.name}：{_UNREADABLE}") from error
    if len(rows) > _MOST_ROWS:
        raise WrongUse(
            f"{path}: {len(rows)} rows", code="sheet-too-large", text=f"表格最多 {_MOST_ROWS} 行，请分成几份。"
        )
    return rows


def _xlsx(path: Path) -> list[Sequence[object]]:
    from openpyxl import load_workbook  # imported only where it is used: it takes a fifth of a second

    with ZipFile(path) as packed:
        if sum(member.file_size for member in packed.infolist()) > _MOST_UNPACKED:
            raise ValueError("it would unpack to too many bytes")
    book = load_workbook(path, read_only=True, data_only=True)
    try:
        found: list[Sequence[object]] = []
        for row in book.worksheets[0].iter_rows(values_only=True):
            found.append(row)
            if len(found) > _MOST_ROWS:
                break
        return found
    finally:
        book.close()


def _csv(path: Path) -> list[Sequence[object]]:
    data = path.read_bytes()
    if b"\0" in data:
        raise ValueError("not a text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    return [*csv.reader(io.StringIO(text, newline=""))]
