"""Show who owes which report, let units file theirs, and let the office accept or return them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from desk.auth.access import EDIT, SUBMIT, Operating, Reader, Submitter, allowed
from desk.context import Here, RequestContext
from desk.pages.cards import card_of
from desk.shown import show
from pipelines.domain.errors import UnknownJob
from pipelines.domain.standings import Standing
from pipelines.service import COUNTS, NEEDS, STANDINGS, reminder
from storage.records import Key

router = APIRouter(prefix="/reports", include_in_schema=False)
_OFFERED = 60  # items that a page offers to attach
Count = Annotated[str, Form(max_length=12)]
Deciding = Annotated[Key, Depends(allowed(EDIT, every_unit=True))]


@router.get("")
def board(request: Request, here: Here, key: Reader) -> Response:
    """Show every unit and due date; of a unit's own account that unit alone."""
    campaign = here.service.campaign
    own = _own_unit(here, key)
    found = here.service.reports.standings(datetime.now(campaign.zone), own or "")
    if key.unit and own is None:
        found = []
    rows: dict[str, list[Standing]] = {}
    for one in sorted(found, key=lambda one: one.due):
        rows.setdefault(one.unit, []).append(one)
    values: dict[str, Any] = {
        "rows": rows,
        "due": here.service.reports.due(),
        "states": STANDINGS,
        "needs": NEEDS,
        "own": own,
    }
    return show(request, here, "reports.html", key=key, reminders=_reminders(here, found), **values)


@router.get("/contacts")
def contacts(request: Request, here: Here, key: Operating) -> Response:
    """Show the contact of each unit, to operators alone."""
    return show(request, here, "contacts.html", key=key, contacts=here.service.reports.contacts())


@router.post("/contacts/{unit}")
def name_contact(
    here: Here,
    _key: Operating,
    unit: str,
    name: Annotated[str, Form(max_length=200)] = "",
    telephone: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Set the contact of a unit."""
    here.service.reports.name_contact(unit, name, telephone)
    return RedirectResponse("/reports/contacts", status_code=303)


@router.get("/{unit}/{deadline}/{planned}")
def report(request: Request, here: Here, key: Reader, unit: str, deadline: str, planned: str) -> Response:
    """Show one report: its newest version to write on or to decide on, and the earlier ones."""
    return _page(request, here, key, unit, deadline, planned)


@router.post("/{unit}/{deadline}/{planned}")
def save(
    here: Here,
    key: Submitter,
    unit: str,
    deadline: str,
    planned: str,
    *,
    text: Annotated[str, Form(max_length=40_000)] = "",
    events: Count = "",
    people: Count = "",
    hazards: Count = "",
    item: Annotated[list[str], Form(max_length=500)] = [],  # noqa: B006 - FastAPI makes a copy
    version: Annotated[int, Form(ge=0)] = 0,
    revision: Annotated[int, Form(ge=0)] = 0,
    action: Annotated[str, Form(max_length=10)] = "save",
) -> Response:
    """Save the draft, and submit it where that is asked for."""
    _must_see(here, key, unit)
    said = {"events": events, "people": people, "hazards": hazards}
    counts = {name: _whole(value) for name, value in said.items() if value.strip()}
    seen = (version, revision)
    saved = here.service.reports.save(unit, deadline, planned, seen, text, counts, item, key.label)
    if action == "submit":
        here.service.reports.submit(saved, key.label)
    return RedirectResponse(f"/reports/{unit}/{deadline}/{planned}", status_code=303)


@router.post("/{unit}/{deadline}/{planned}/decide")
def decide(
    here: Here,
    key: Deciding,
    unit: str,
    deadline: str,
    planned: str,
    report: Annotated[str, Form(max_length=40)] = "",
    decision: Annotated[str, Form(max_length=10)] = "accept",
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Accept a report, or return it with a reason."""
    _, versions = here.service.reports.versions(unit, deadline, planned)
    shown = next((one for one in versions if one.id == report), None)
    if shown is None:
        raise UnknownJob(f"no version {report}", text="没有这一版材料。")
    if decision == "accept":
        here.service.reports.accept(shown, key.label)
    else:
        here.service.reports.send_back(shown, key.label, reason)
    return RedirectResponse(f"/reports/{unit}/{deadline}/{planned}", status_code=303)


def _page(request: Request, here: RequestContext, key: Key, unit: str, deadline: str, planned: str) -> Response:
    name = _must_see(here, key, unit)
    due, versions = here.service.reports.versions(unit, deadline, planned)
    now = datetime.now(here.service.campaign.zone)
    newest = versions[-1] if versions else None
    standings = here.service.reports.standings(now, unit)
    may_write = SUBMIT in key.scopes and (newest is None or newest.state in {"draft", "returned"})
    values: dict[str, Any] = {
        "unit": unit,
        "unit_name": name,
        "due": due,
        "newest": newest,
        "earlier": [*reversed(versions[:-1])],
        "standing": next(one for one in standings if one.due == due),
        "states": STANDINGS,
        "needs": NEEDS,
        "counted": COUNTS,
        "may_write": may_write,
        "may_decide": EDIT in key.scopes and not key.unit and newest is not None and newest.submitted is not None,
        "items": _items(here, name, newest.items if newest else (), wanted=may_write),
    }
    return show(request, here, "report.html", key=key, **values)


def _items(here: RequestContext, unit: str, attached: tuple[str, ...], *, wanted: bool) -> list[Any]:
    """Return the items that are attached, and where wanted the unit's newest published ones, as cards."""
    jobs = [here.service.status(job) for job in attached]
    if wanted:
        newest = here.service.find(unit=unit, states=["published"], limit=_OFFERED)
        jobs += [job for job in newest if job.id not in attached]
    return [card_of(here.service, job, []) for job in jobs]


def _reminders(here: RequestContext, found: list[Standing]) -> list[tuple[str, str]]:
    """Return for each due date at most a week ahead, or past, what to tell the units that are missing."""
    today = datetime.now(here.service.campaign.zone).date()
    texts = []
    for due in here.service.reports.due():
        if (due.due - today).days <= 7:
            text = reminder([one for one in found if one.due == due], here.service.campaign.units)
            texts += [(due.name, text)] if text else []
    return texts[-3:]


def _own_unit(here: RequestContext, key: Key) -> str | None:
    """Return the id of the unit that a key is bound to; None where it is bound to none, or to one unknown here."""
    return next((code for code, name in here.service.campaign.units.items() if name == key.unit), None)


def _must_see(here: RequestContext, key: Key, unit: str) -> str:
    """Return the unit's name. Raises UnknownJob for another unit's, as if there were none."""
    name = here.service.campaign.units.get(unit, "")
    if not name or key.unit not in {"", name}:
        raise UnknownJob(f"key {key.id} may not see unit {unit[:40]!r}", text="没有这个单位。")
    return name


def _whole(said: str) -> int:
    return int(said) if said.strip().isdecimal() else -1
