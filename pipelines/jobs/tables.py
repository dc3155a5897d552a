"""Read a spreadsheet that somebody sends or names, in a child that is confined."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pydantic import TypeAdapter

from pipelines.domain.errors import Crashed, OutOfMemory, OutOfTime, Stalled, ToolFailed, WrongUse
from pipelines.domain.sheet_cells import Table
from pipelines.sandbox import children
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.scheduling.context import WorkContext

_MOST_BYTES = 20 << 20
_LIMITS = Limits(memory=2 << 30, file_size=64 << 20, cpu=60, wall=120, stall=120)
_COUNT: TypeAdapter[int] = TypeAdapter(int)
_ROWS: TypeAdapter[list[list[str | int | float | None]]] = TypeAdapter(list[list[str | int | float | None]])
_UNREADABLE = "读不出这个表格；请另存为 .xlsx 或 CSV（UTF-8）再试。"
_TOO_LARGE = "表格最多 20 MB、50000 行，请分成几份。"


def read_table(context: WorkContext, path: Path) -> Table:
    """Return the rows of the first sheet of an XLSX file, or of a CSV file in UTF-8 or GB 18030. Raises WrongUse."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise WrongUse(f"{path}: over {_MOST_BYTES} bytes", code="sheet-too-large", text=_TOO_LARGE)
        return _read(context, path)
    except (OSError, ValueError, ToolFailed, Crashed, Stalled, OutOfMemory, OutOfTime) as error:
        raise WrongUse(f"{path}: {error}", code="sheet-unreadable", text=f"{path.name}：{_UNREADABLE}") from error


def _read(context: WorkContext, path: Path) -> Table:
    with tempfile.TemporaryDirectory(prefix="footage-", dir=context.scratch) as folder, path.open("rb") as file:
        scratch = Scratch(Path(folder), context.confined)
        request = {"descriptor": file.fileno()}
        count = children.call("table", request, _COUNT, scratch=scratch, inherit=[file.fileno()], limits=_LIMITS)
        if count == -2:
            raise WrongUse(f"{path}: too many rows", code="sheet-too-large", text=_TOO_LARGE)
        if count < 0:
            raise ValueError("not a spreadsheet")
        return _ROWS.validate_json((scratch / "rows.json").read_bytes())
