"""Make the documents of figures: a chart as SVG, PDF or PNG, and the table behind it as XLSX."""

from __future__ import annotations

import json
from pathlib import Path

from pipelines.domain.figures import DIMENSIONS, MEASURES, Figures
from pipelines.tools.documents.typesetting import typeset
from pipelines.tools.documents.workbook import workbook

_NAME_WIDTH, _WIDTH = 28, 16


def write_chart(folder: Path) -> None:
    """Write the chart of `data.json` into this folder, in the format that it says."""
    data = json.loads((folder / "data.json").read_text(encoding="utf-8"))
    kind = data["kind"]
    (folder / f"chart.{kind}").write_bytes(typeset("chart", data, kind=kind))


def figures_as_xlsx(figures: Figures) -> bytes:
    """Return the table: a row each, and the whole last. A share of nothing is empty."""
    with workbook() as book:
        widths = (_NAME_WIDTH, *(_WIDTH for _ in MEASURES))
        page = book.page(f"按{DIMENSIONS[figures.by]}", (DIMENSIONS[figures.by], *MEASURES.values()), widths)
        for row in (*figures.rows, figures.whole):
            page.add((row.name, *(row.values[measure] for measure in MEASURES)))
    return book.bytes
