"""Show the lists of hazards and measures, let units and the office fill them in, import, export and expose."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from desk.auth.access import EDIT, READ, SUBMIT, Reader, Submitter
from desk.context import Here, RequestContext
from desk.pages.cards import card_of
from desk.pages.hazard_form import BLANK, HazardForm, fields_of
from desk.shown import show
from pipelines.domain.errors import EditedMeanwhile, NotAllowed, UnknownJob, WrongUse
from pipelines.domain.hazards import HAZARD_STATES, HazardState, words_of
from pipelines.domain.sheet_cells import told
from pipelines.service import KeptHazard, SheetInvalid
from storage.dispositions import disposition
from storage.records import Key

router = APIRouter(prefix="/hazards", include_in_schema=False)
_OFFERED = 100  # newest items of the unit that a form offers
_SHOWN, _PICTURES = 100, 12  # errors; pictures
_OF_UNITS: tuple[HazardState, ...] = ("open", "fixing", "fixed")
_Said = Annotated[str, Query(max_length=200)]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _writing(key: Submitter) -> Key:
    """Return the key of one who may write the lists, which shows them, too."""
    if READ not in key.scopes:
        raise NotAllowed(f"key {key.id} may not read", text="没有此项权限；需要时请联系管理员。")
    return key


Writer = Annotated[Key, Depends(_writing)]


@dataclass(frozen=True, slots=True)
class HazardFilter:
    """The criteria of the list; all that are given hold. `unit`: the caller's own where it has one."""

    unit: str
    state: str
    level: str
    overdue: bool
    q: str

    def found(self, here: RequestContext) -> list[KeptHazard]:
        """Return the hazards."""
        lists = here.service.office.hazards
        return lists.find(self.unit, self.state, self.level, self.q, overdue=self.overdue)


def _filter(
    key: Reader, unit: _Said = "", state: _Said = "", level: _Said = "", overdue: _Said = "", q: _Said = ""
) -> HazardFilter:
    return HazardFilter(key.unit or unit, state, level, bool(overdue), q)


Asked = Annotated[HazardFilter, Depends(_filter)]


@router.get("")
def listed(request: Request, here: Here, key: Reader, asked: Asked) -> Response:
    """Show both lists."""
    return _list(request, here, key, asked)


@router.get("/lists.xlsx")
def exported(here: Here, asked: Asked) -> Response:
    """Send both lists as a spreadsheet, which can be filled in and imported again."""
    return _spreadsheet(here.service.office.hazards.as_xlsx(asked.found(here)), "两个清单.xlsx")


@router.get("/blank.xlsx")
def blank_list(here: Here, _key: Reader) -> Response:
    """Send the spreadsheet with its headings alone, to be filled in."""
    return _spreadsheet(here.service.office.hazards.as_xlsx([]), "两个清单（空白）.xlsx")


@router.post("/import")
def imported(request: Request, here: Here, key: Writer, sheet: UploadFile) -> Response:
    """Take a whole spreadsheet or nothing of it; every error is told by row and column."""
    lists = here.service.office.hazards
    with tempfile.TemporaryDirectory(prefix="footage-") as folder:
        path = Path(folder, "list.csv" if (sheet.filename or "").lower().endswith(".csv") else "list.xlsx")
        with path.open("wb") as file:
            shutil.copyfileobj(sheet.file, file)
        asked = HazardFilter(key.unit, "", "", overdue=False, q="")
        try:
            new, changed = lists.put(lists.read(path, key.unit), key.label, key.unit)
        except SheetInvalid as error:
            return _list(request, here, key, asked, said=error.text, wrong=[*told(error.errors)], status=422)
        except WrongUse as error:
            return _list(request, here, key, asked, said=error.text, status=422)
    return RedirectResponse(f"/hazards?new={new}&changed={changed}", status_code=303)


@router.get("/new")
def blank(request: Request, here: Here, key: Writer) -> Response:
    """Show a form for a new hazard."""
    today = here.service.office.hazards.today.isoformat()
    return _form(request, here, key, None, {**BLANK, "unit": key.unit, "found": today})


@router.post("/new")
def add(request: Request, here: Here, key: Writer, said: Annotated[HazardForm, Form()]) -> Response:
    """Add a hazard."""
    return _save(request, here, key, None, said)


@router.get("/{hazard}")
def shown(request: Request, here: Here, key: Reader, hazard: str) -> Response:
    """Show a hazard with what shows it, and a form to change it."""
    kept = _own(here, key, hazard)
    return _form(request, here, key, kept, fields_of(kept))


@router.post("/{hazard}")
def change(request: Request, here: Here, key: Writer, hazard: str, said: Annotated[HazardForm, Form()]) -> Response:
    """Change a hazard as its author has read it."""
    return _save(request, here, key, replace(_own(here, key, hazard), revision=said.revision), said)


@router.get("/{hazard}/exposure.pdf")
def exposure(here: Here, key: Reader, hazard: str) -> Response:
    """Send the exposure sheet."""
    kept = _own(here, key, hazard)
    data = here.service.office.hazards.exposure(kept)
    saved_as = disposition(f"曝光单-{kept.hazard.number}.pdf", likeness="exposure.pdf", inline=True)
    headers = {"Content-Disposition": saved_as, "Cache-Control": "no-store"}
    return Response(data, media_type="application/pdf", headers=headers)


def _spreadsheet(data: bytes, name: str) -> Response:
    headers = {"Content-Disposition": disposition(name, likeness="hazards.xlsx"), "Cache-Control": "no-store"}
    return Response(data, media_type=_XLSX, headers=headers)


def _save(request: Request, here: RequestContext, key: Key, old: KeptHazard | None, said: HazardForm) -> Response:
    """Save what was typed; what can't be saved is shown again, as it was typed."""
    unit = key.unit or here.service.campaign.unit_named(said.unit)
    try:
        if unit not in here.service.campaign.units.values():
            raise WrongUse(f"no unit {unit[:40]!r}", code="hazard-invalid", text="请选单位。")
        if not _reviews(key) and "reviewed" in {said.state, old.hazard.state if old else ""}:
            raise WrongUse("a unit reviews nothing", code="hazard-invalid", text="复查由县里填，本单位写“已整改”。")
        kept = here.service.office.hazards.save(said.hazard(unit), key.label, old)
    except (EditedMeanwhile, WrongUse) as error:
        status = 409 if isinstance(error, EditedMeanwhile) else 422
        return _form(request, here, key, old, said.typed(), said=error.text, status=status)
    return RedirectResponse(f"/hazards/{kept.id}?saved=1", status_code=303)


def _own(here: RequestContext, key: Key, hazard: str) -> KeptHazard:
    kept = here.service.office.hazards.of(hazard)
    if key.unit not in {"", kept.hazard.unit}:
        raise UnknownJob(f"hazard {hazard} is not of key {key.id}", text="没有这一条隐患。")
    return kept


def _reviews(key: Key) -> bool:
    return EDIT in key.scopes and not key.unit


def _list(
    request: Request,
    here: RequestContext,
    key: Key,
    asked: HazardFilter,
    *,
    said: str = "",
    wrong: Sequence[str] = (),
    status: int = 200,
) -> Response:
    lists = here.service.office.hazards
    found = asked.found(here)
    values: dict[str, Any] = {
        "asked": asked,
        "found": [(kept, words_of(kept.hazard, lists.today), kept.hazard.is_overdue(lists.today)) for kept in found],
        "states": HAZARD_STATES,
        "said": said,
        "wrong": wrong[:_SHOWN],
        "more": max(0, len(wrong) - _SHOWN),
        "entered": [request.query_params.get(name, "") for name in ("new", "changed")],
        "may_write": SUBMIT in key.scopes,
        "query": request.url.query,
    }
    return show(request, here, "hazards.html", key=key, status=status, **values)


def _form(
    request: Request,
    here: RequestContext,
    key: Key,
    kept: KeptHazard | None,
    fields: Mapping[str, Any],
    *,
    said: str = "",
    status: int = 200,
) -> Response:
    lists = here.service.office.hazards
    jobs = lists.shown_by(kept.hazard) if kept else []
    unit = here.service.campaign.unit_named(fields["unit"])
    offered = here.service.find(unit=unit, only_unit=key.unit, states=["published"], limit=_OFFERED) if unit else []
    values: dict[str, Any] = {
        "kept": kept,
        "fields": fields,
        "said": said,
        "saved": "saved" in request.query_params,
        "words": words_of(kept.hazard, lists.today) if kept else "",
        "states": HAZARD_STATES if _reviews(key) else {code: HAZARD_STATES[code] for code in _OF_UNITS},
        "pictures": [(card_of(here.service, job, []), asset) for job, asset in lists.pictures_of(jobs)[:_PICTURES]],
        "items": [card_of(here.service, job, []) for job in {job.id: job for job in (*jobs, *offered)}.values()],
        "may_write": SUBMIT in key.scopes,
        "own": key.unit,
    }
    return show(request, here, "hazard.html", key=key, status=status, **values)
