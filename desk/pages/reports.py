"""Show who owes which report, let units file theirs, and let the office accept or return them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from desk.auth.access import EDIT, SUBMIT, Operating, Reader, Submitter, allowed
from desk.context import Here, RequestContext
from desk.pages.cards import card_of
from desk.shown import show
from pipelines.domain.due_dates import DueDate
from pipelines.domain.errors import EditedMeanwhile, UnknownJob, WrongUse
from pipelines.domain.standings import Standing, dates_to_act_on
from pipelines.service import COUNTS, NEEDS, STANDINGS, joint_reminder, reminders
from storage.records import Key

router = APIRouter(prefix="/reports", include_in_schema=False)
_OFFERED = 200  # items of the period, and newest ones, that a page offers to attach
Count = Annotated[str, Form(max_length=12)]
Deciding = Annotated[Key, Depends(allowed(EDIT, every_unit=True))]


@router.get("")
def board(request: Request, here: Here, key: Reader, every: Annotated[str, Query(max_length=1)] = "") -> Response:
    """Show every unit and the due dates that are to be looked at, or `every` one; a unit sees itself alone."""
    campaign = here.service.campaign
    own = campaign.unit_id(key.unit) if key.unit else ""
    known = own or not key.unit
    now, due = datetime.now(campaign.zone), here.service.office.reports.due()
    found = here.service.office.reports.standings(now, own) if known else []
    near = dates_to_act_on(found, due, now.date()) or {*due}
    shown = {*due} if every else near
    rows: dict[str, list[Standing]] = {}
    for one in sorted(found, key=lambda one: one.due):
        rows.setdefault(one.unit, []).extend([one] if one.due in shown else [])
    values: dict[str, Any] = {
        "rows": rows,
        "due": [one for one in due if one in shown],
        "every": bool(every),
        "hidden": len({*due} - near),
        "waiting": sum(one.waiting for one in found),
        "states": STANDINGS,
        "needs": NEEDS,
        "own": own,
    }
    return show(request, here, "reports.html", key=key, reminders=_reminders(here, found), **values)


@router.get("/contacts")
def contacts(request: Request, here: Here, key: Operating) -> Response:
    """Show the contact of each unit, to operators alone."""
    return show(request, here, "contacts.html", key=key, contacts=here.service.office.reports.contacts())


@router.post("/contacts/{unit}")
def name_contact(
    here: Here,
    _key: Operating,
    unit: str,
    name: Annotated[str, Form(max_length=200)] = "",
    telephone: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Set the contact of a unit."""
    here.service.office.reports.name_contact(unit, name, telephone)
    return RedirectResponse("/reports/contacts", status_code=303)


@router.get("/{unit}/{deadline}/{planned}")
def report(request: Request, here: Here, key: Reader, unit: str, deadline: str, planned: str) -> Response:
    """Show one report: a form for the next version, what has come in, and for the office what to decide."""
    return _page(request, here, key, (unit, deadline, planned))


@router.post("/{unit}/{deadline}/{planned}")
def save(
    request: Request,
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
    action: Annotated[Literal["save", "submit"], Form()] = "save",
) -> Response:
    """Save the draft, and submit it where that is asked for. What can't be saved is shown again, as it was typed."""
    _must_see(here, key, unit)
    at = (unit, deadline, planned)
    said = {"events": events, "people": people, "hazards": hazards}
    counts = {name: _whole(value) for name, value in said.items() if value.strip()}
    try:
        book, seen = here.service.office.reports, (version, revision)
        book.save(*at, seen, text, counts, item, key.label, submit=action == "submit")
    except (EditedMeanwhile, WrongUse) as error:
        typed = {"text": text, "counts": said, "items": tuple(item)}
        status = 409 if isinstance(error, EditedMeanwhile) else 422
        return _page(request, here, key, at, typed=typed, said=error.text, status=status)
    return RedirectResponse(_address(*at), status_code=303)


@router.post("/{unit}/{deadline}/{planned}/decide")
def decide(
    here: Here,
    key: Deciding,
    unit: str,
    deadline: str,
    planned: str,
    report: Annotated[str, Form(max_length=40)],
    decision: Annotated[Literal["accept", "return"], Form()],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Accept a report, or return it with a reason."""
    _, versions = here.service.office.reports.versions(unit, deadline, planned)
    shown = next((one for one in versions if one.id == report), None)
    if shown is None:
        raise UnknownJob(f"no version {report}", text="没有这一版材料。")
    if decision == "accept":
        here.service.office.reports.accept(shown, key.label)
    else:
        here.service.office.reports.send_back(shown, key.label, reason)
    return RedirectResponse(_address(unit, deadline, planned), status_code=303)


def _page(
    request: Request,
    here: RequestContext,
    key: Key,
    at: tuple[str, str, str],
    *,
    typed: Mapping[str, Any] | None = None,
    said: str = "",
    status: int = 200,
) -> Response:
    name = _must_see(here, key, at[0])
    due, versions = here.service.office.reports.versions(*at)
    newest, filed = versions[-1] if versions else None, [one for one in versions if one.submitted]
    standings = here.service.office.reports.standings(datetime.now(here.service.campaign.zone), at[0])
    may_write = SUBMIT in key.scopes and (newest is None or newest.state != "accepted")
    decidable = filed and filed[-1].state in {"submitted", "accepted"} and EDIT in key.scopes and not key.unit
    draft = typed or {
        "text": newest.text if newest else "",
        "counts": newest.counts if newest else {},
        "items": newest.items if newest else (),
    }
    values: dict[str, Any] = {
        "address": _address(*at),
        "unit_name": name,
        "due": due,
        "newest": newest,
        "draft": draft,
        "said": said,
        "filed": [*reversed(filed)],
        "standing": next(one for one in standings if one.due == due),
        "states": STANDINGS,
        "needs": NEEDS,
        "counted": COUNTS,
        "may_write": may_write,
        "decidable": filed[-1] if decidable else None,
        "items": _items(here, name, due, draft["items"]) if may_write else [],
        "attached": _cards(here, filed[-1].items if filed else ()),
    }
    return show(request, here, "report.html", key=key, status=status, **values)


def _address(unit: str, deadline: str, planned: str) -> str:
    return f"/reports/{unit}/{quote(deadline)}/{planned}"


def _items(here: RequestContext, unit: str, due: DueDate, attached: Sequence[str]) -> list[Any]:
    """Return the items that may be attached: those that are, those of the period, and the newest."""
    since, until = due.opens.isoformat(), due.planned.isoformat()
    period = here.service.find(unit=unit, states=["published"], limit=_OFFERED, since=since, until=until)
    newest = here.service.find(unit=unit, states=["published"], limit=_OFFERED)
    return _cards(here, [*dict.fromkeys([*attached, *(job.id for job in (*period, *newest))])])


def _cards(here: RequestContext, jobs: Sequence[str]) -> list[Any]:
    return [card_of(here.service, job, []) for job in here.service.finder.known(jobs)]


def _reminders(here: RequestContext, found: list[Standing]) -> list[tuple[str, str]]:
    """Return what to tell the units that are missing: all in one where several dates are past or near, then by date."""
    today = datetime.now(here.service.campaign.zone).date()
    if here.service.office.reports.is_over(today):
        return []
    near = [one for one in found if one.is_near(today)]
    names = here.service.campaign.units
    told = [(f"{due.due:%m-%d} {due.name}", text) for due, text in reversed(reminders(near, names))]
    return [("", joint_reminder(near, names)), *told] if len(told) > 1 else told


def _must_see(here: RequestContext, key: Key, unit: str) -> str:
    """Return the unit's name. Raises UnknownJob for another unit's, as if there were none."""
    name = here.service.campaign.units.get(unit, "")
    if not name or key.unit not in {"", name}:
        raise UnknownJob(f"key {key.id} may not see unit {unit[:40]!r}", text="没有这个单位。")
    return name


def _whole(said: str) -> int:
    return int(said) if said.strip().isdecimal() else -1
