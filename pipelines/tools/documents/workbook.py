"""Write XLSX workbooks. Texts are written as texts: none becomes a formula or a link."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter
from PIL import Image

from pipelines.tools.documents.typesetting import EPOCH

Cell = str | int | float | None
_PICTURE_HEIGHT = 54  # points of a row with a picture
_PICTURE = (112, 64)  # pixels that a picture has room for, in such a row
_LONGEST = 32_767  # characters of a cell, by the format


class Workbook:
    """A workbook that is being written; `bytes` once it is closed."""

    def __init__(self) -> None:
        self._target = io.BytesIO()
        safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book: Any = xlsxwriter.Workbook(self._target, safe)
        self.book.set_properties({"created": EPOCH.replace(tzinfo=None)})
        self.head = self.book.add_format({"bold": True, "bottom": 1, "valign": "vcenter"})
        self.cell = self.book.add_format({"valign": "vcenter", "text_wrap": True})

    def page(self, name: str, headings: Sequence[str], widths: Sequence[float], *, printed: int = 0) -> WorkbookPage:
        """Return a new sheet with its headings. `widths`: of the columns, in characters.

        `printed`: the number of columns that are printed, on A4; all where it is 0.
        """
        page: Any = self.book.add_worksheet(name)
        for column, (title, width) in enumerate(zip(headings, widths, strict=True)):
            page.set_column(column, column, width)
            page.write_string(0, column, title, self.head)
        page.freeze_panes(1, 0)
        page.set_landscape()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        return WorkbookPage(page, self.cell, printed or len(headings))

    @property
    def bytes(self) -> bytes:
        """Return the file."""
        return self._target.getvalue()


@dataclass(slots=True)
class WorkbookPage:
    """A sheet that rows are added to."""

    sheet: Any
    cell: Any
    printed: int
    _row: int = field(default=0)

    def add(self, row: Sequence[Cell], *, picture: Path | None = None, at: int = 0) -> None:
        """Add a row, with a picture, a JPEG, in the column `at`."""
        self._row += 1
        for column, value in enumerate(row):
            cut = value[:_LONGEST] if isinstance(value, str) else value
            self.sheet.write(self._row, column, cut, self.cell)
        self.sheet.print_area(0, 0, self._row, self.printed - 1)
        if picture:
            self.sheet.set_row(self._row, _PICTURE_HEIGHT)
            scale = _scale(picture)
            options = {"x_scale": scale, "y_scale": scale, "x_offset": 3, "y_offset": 3, "object_position": 1}
            self.sheet.insert_image(self._row, at, str(picture), options)


@contextmanager
def workbook() -> Iterator[Workbook]:
    """Open a workbook, and close it at the end of the block."""
    made = Workbook()
    yield made
    made.book.close()


def _scale(picture: Path) -> float:
    """Return by how much a JPEG is reduced to fit its cell, upright or wide."""
    with Image.open(picture) as opened:
        width, height = opened.size
    return min(_PICTURE[0] / width, _PICTURE[1] / height)
