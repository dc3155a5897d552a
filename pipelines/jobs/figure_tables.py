"""Count the campaign for officials, and draw what was counted: the same chart on a page, as PDF and as PNG."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from pipelines.domain.evidence import spoken
from pipelines.domain.figures import DIMENSIONS, MEASURES, Dimension, Figures, Measure, ShownItem, count
from pipelines.jobs.hazard_lists import HazardLists
from pipelines.jobs.unit_reports import UnitReports
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from pipelines.tools.documents.apart import make_documents

ChartKind = Literal["svg", "pdf", "png"]
_DATA: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


@dataclass(frozen=True, slots=True)
class FigureTables:
    """The queries for figures, bound to one work context."""

    context: WorkContext

    def count(self, by: Dimension, *, unit: str = "", first: date | None = None, last: date | None = None) -> Figures:
        """Return the figures of these days, both included. `unit`: its name; empty for all."""
        campaign, zone = self.context.campaign, self.context.campaign.zone
        with translated():
            rows, taken = self.context.ledger.figures.items(unit), self.context.ledger.figures.downloads()
        items = [
            ShownItem(
                unit=row.unit,
                activity=campaign.activity_named(row.activity),
                programme=campaign.programme_named(row.programme),
                day=date.fromisoformat(row.day) if row.day else datetime.fromtimestamp(row.created, zone).date(),
                is_film=row.role == "master",
                seconds=Fraction(row.seconds).limit_denominator(1000),
                downloads=taken.get(row.job, 0),
            )
            for row in rows
        ]
        hazards = [kept.hazard for kept in HazardLists(self.context).find(unit)]
        code = campaign.unit_id(unit) if unit else ""
        standings = UnitReports(self.context).standings(datetime.now(zone), code) if code or not unit else []
        begins, ends = first or date.min, last or date.max
        return count(
            by,
            campaign,
            [item for item in items if begins <= item.day <= ends],
            [hazard for hazard in hazards if begins <= hazard.found <= ends],
            [standing for standing in standings if begins <= standing.due.due <= ends],
        )

    def chart(self, figures: Figures, measure: Measure, kind: ChartKind, days: Sequence[date | None]) -> bytes:
        """Return one measure as a chart of bars. `days`: the first and the last."""
        rows = [(row.name, row.values[measure]) for row in figures.rows]
        data = {
            "title": f"{MEASURES[measure]}（按{DIMENSIONS[figures.by]}）",
            "subtitle": f"{self.context.campaign.campaign.name} · {spoken(*days)}",
            "rows": [{"name": name, "value": value} for name, value in rows],
            "most": max((value for _, value in rows if value is not None), default=0) or 1,
            "whole": figures.whole.values[measure],
            "kind": kind,
        }
        with tempfile.TemporaryDirectory(prefix="footage-", dir=self.context.scratch) as name:
            folder = Path(name)
            (folder / "data.json").write_bytes(_DATA.dump_json(data))
            make_documents("chart", folder)
            return (folder / f"chart.{kind}").read_bytes()

    def as_xlsx(self, figures: Figures) -> bytes:
        """Return the table behind the charts as XLSX."""
        from pipelines.tools.documents.figure_sheets import figures_as_xlsx  # a fifth of a second, and only here

        return figures_as_xlsx(figures)
