"""Make the documents of hazards: both lists as XLSX, and an exposure sheet as PDF."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pipelines.domain.hazard_sheet import MEASURE_TITLES, hazard_cells, measures, titles
from pipelines.domain.hazards import Hazard
from pipelines.tools.documents.typesetting import typeset
from pipelines.tools.documents.workbook import workbook

_WIDTHS = (12, 16, 20, 40, 10, 12, 12, 12, 40, 10, 12, 14, 20, 16)
_MEASURE_WIDTHS = (12, 16, 40, 40, 12, 10, 12, 8)


def lists_as_xlsx(hazards: Sequence[Hazard], today: date) -> bytes:
    """Return the list of hazards and that of measures, a sheet each."""
    with workbook() as book:
        page = book.page("隐患清单", titles(), _WIDTHS)
        for hazard in hazards:
            page.add(hazard_cells(hazard, today))
        page = book.page("整改措施清单", MEASURE_TITLES, _MEASURE_WIDTHS)
        for row in measures(hazards):
            page.add(row)
    return book.bytes


def write_exposure(folder: Path) -> None:
    """Write the exposure sheet of `data.json` into this folder, with the JPEGs in `pictures`."""
    pictures = {path.name: path for path in (folder / "pictures").iterdir()}
    data = json.loads((folder / "data.json").read_text(encoding="utf-8"))
    (folder / "exposure.pdf").write_bytes(typeset("exposure", data, pictures))
