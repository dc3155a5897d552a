"""Show what was counted of the campaign: a table, a chart, and both to take away."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, field_validator
from starlette.responses import Response

from desk.auth.access import Reader
from desk.context import Here, RequestContext
from desk.shown import show
from pipelines.domain.announcements import Day, Said
from pipelines.domain.figures import DIMENSIONS, MEASURES, Dimension, Figures, Measure
from pipelines.service import ChartKind
from storage.dispositions import disposition
from storage.records import Key

router = APIRouter(prefix="/figures", include_in_schema=False)
_TYPES = {"svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png"}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class FigureFilter(BaseModel):
    """The figures that are asked for; an empty unit is all units, an empty day no end."""

    model_config = ConfigDict(extra="forbid")

    by: Dimension = "unit"
    measure: Measure = "events"
    unit: Said = ""
    since: Day = None
    until: Day = None

    @field_validator("since", "until", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None

    def counted(self, here: RequestContext, key: Key) -> Figures:
        """Return the figures; those of the key's own unit where it is bound to one."""
        unit = key.unit or here.service.campaign.unit_named(self.unit)
        return here.service.office.figures.count(self.by, unit=unit, first=self.since, last=self.until)

    @property
    def address(self) -> str:
        """Return the criteria as in an address."""
        return urlencode(self.model_dump(exclude_defaults=True, mode="json"))


Asked = Annotated[FigureFilter, Query()]


@router.get("")
def shown(request: Request, here: Here, key: Reader, asked: Asked) -> Response:
    """Show the table and a chart of one measure."""
    values: dict[str, Any] = {
        "asked": asked,
        "figures": asked.counted(here, key),
        "dimensions": DIMENSIONS,
        "measures": MEASURES,
    }
    return show(request, here, "figures.html", key=key, **values)


@router.get("/chart.{kind}")
def chart(here: Here, key: Reader, kind: Literal["svg", "pdf", "png"], asked: Asked) -> Response:
    """Send the chart of one measure: the same picture in each format."""
    wanted: ChartKind = kind
    days = (asked.since, asked.until)
    data = here.service.office.figures.chart(asked.counted(here, key), asked.measure, wanted, days)
    name = f"{MEASURES[asked.measure]}-按{DIMENSIONS[asked.by]}.{kind}"
    saved_as = disposition(name, likeness=f"chart.{kind}", inline=True)
    headers = {"Cache-Control": "no-store", "Content-Disposition": saved_as}
    return Response(data, media_type=_TYPES[kind], headers=headers)


@router.get("/table.xlsx")
def table(here: Here, key: Reader, asked: Asked) -> Response:
    """Send the table behind the charts."""
    data = here.service.office.figures.as_xlsx(asked.counted(here, key))
    saved_as = disposition("活动数字.xlsx", likeness="figures.xlsx")
    headers = {"Cache-Control": "no-store", "Content-Disposition": saved_as}
    return Response(data, media_type=_XLSX, headers=headers)
