"""Write DOCX documents of headings, paragraphs and tables, in letters and margins of official papers (GB/T 9704)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from pipelines.tools.documents.typesetting import EPOCH

_A4 = (Cm(21.0), Cm(29.7))
_MARGINS = {"top_margin": Cm(3.7), "left_margin": Cm(2.8), "right_margin": Cm(2.6), "bottom_margin": Cm(3.5)}
_LETTERS = {"Normal": ("仿宋", 16), "Heading 1": ("黑体", 16), "Title": ("宋体", 22)}  # fonts of Windows; points
_LINE, _INDENT, _CELL = Pt(28), Pt(32), Pt(10.5)  # an indent of two characters


class WordDocument:
    """A document that is being written, on A4."""

    def __init__(self, title: str) -> None:
        self._document: Any = Document()
        section = self._document.sections[0]
        section.page_width, section.page_height = _A4
        for side, length in _MARGINS.items():
            setattr(section, side, length)
        for style, letters in _LETTERS.items():
            self._letters(style, *letters)
        border = self._document.styles["Title"].element.find(f".//{qn('w:pBdr')}")
        border.getparent().remove(border)  # a line under the title, which official papers have not
        properties = self._document.core_properties
        properties.author, properties.title, properties.comments = "", title, ""
        properties.created = properties.modified = EPOCH.replace(tzinfo=None)
        self._document.add_heading(title, 0).alignment = WD_ALIGN_PARAGRAPH.CENTER

    def _letters(self, style: str, name: str, points: int) -> None:
        """Set a style's letters; Word takes the Chinese ones from an attribute of their own."""
        font = self._document.styles[style].font
        font.name, font.color.rgb, font.size = name, None, Pt(points)
        font.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)

    def heading(self, text: str) -> None:
        """Add a heading."""
        self._document.add_heading(text, 1)

    def paragraph(self, text: str, *, centred: bool = False) -> None:
        """Add a paragraph."""
        made = self._document.add_paragraph(text)
        made.paragraph_format.line_spacing = _LINE
        if centred:
            made.alignment = WD_ALIGN_PARAGRAPH.CENTER
        else:
            made.paragraph_format.first_line_indent = _INDENT

    def signature(self) -> None:
        """Add the place for the office's seal and the date, which are set by hand."""
        for line in ("（单位盖章）", "    年  月  日"):
            made = self._document.add_paragraph(line)
            made.alignment, made.paragraph_format.line_spacing = WD_ALIGN_PARAGRAPH.RIGHT, _LINE

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Add a table with lines, and its headings in bold."""
        table = self._document.add_table(rows=len(rows) + 1, cols=len(headings), style="Table Grid")
        # All cells are asked for once: python-docx finds each by counting from the first.
        cells = iter(table._cells)  # noqa: SLF001
        for number, row in enumerate([headings, *rows]):
            for said, cell in zip(row, cells, strict=False):
                run = cell.paragraphs[0].add_run(said)
                run.bold, run.font.size = number == 0, _CELL

    def bytes(self) -> bytes:
        """Return the file; its members are dated alike, so that the same document gives the same bytes."""
        written, target = io.BytesIO(), io.BytesIO()
        self._document.save(written)
        with zipfile.ZipFile(written) as made, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
            for member in made.infolist():
                packed.writestr(zipfile.ZipInfo(member.filename), made.read(member), zipfile.ZIP_DEFLATED)
        return target.getvalue()
