"""Write a unit's due dates as a calendar that phones subscribe to (iCalendar, RFC 5545). This module does no I/O."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from icalendar import Alarm, Calendar, Event

from pipelines.domain.campaign import Campaign
from pipelines.domain.deadlines import NEEDS
from pipelines.domain.due_dates import DueDate, due_dates
from pipelines.domain.standings import reason_excused

_DAY = timedelta(days=1)
_REMIND = timedelta(hours=-15)  # before the day begins: at nine in the morning of the day before


def calendar_of(campaign: Campaign, unit: str) -> bytes:
    """Return the calendar of a unit, by its id: an event of a whole day for each due date that it owes.

    It holds what the campaign file says and nothing else, the same bytes each time.
    """
    name = campaign.units[unit]
    calendar = Calendar.new(
        prodid="-//nanyue-footage//due dates//ZH",
        name=f"{name} · {campaign.campaign.name}报送",
        refresh_interval=_DAY,
        uid=f"{campaign.campaign.id}-{unit}@nanyue-footage",
    )
    for due in due_dates(campaign):
        if not reason_excused(unit, due, campaign.exemptions):
            calendar.add_component(_event(campaign, unit, due))
    return bytes(calendar.to_ical())


def _event(campaign: Campaign, unit: str, due: DueDate) -> Event:
    event = Event.new(
        uid=f"{campaign.campaign.id}-{unit}-{due.deadline}-{due.planned.isoformat()}@nanyue-footage",
        summary=f"报送：{due.name}",
        description=_described(due),
        start=due.due,
        end=due.due + _DAY,
        stamp=_stamp(due.opens, campaign),
    )
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"明天截止：{due.name}")
    alarm.add("trigger", _REMIND)
    event.add_component(alarm)
    return event


def _described(due: DueDate) -> str:
    lines = [f"{due.opens.month}月{due.opens.day}日至{due.planned.month}月{due.planned.day}日"]
    lines += ["要报：" + "、".join(NEEDS[need] for need in due.needs) + ("（纸质和电子）" if due.paper else "")]
    lines += [f"顺延：{due.moved}"] if due.moved else []
    return "\n".join(lines)


def _stamp(day: date, campaign: Campaign) -> datetime:
    return datetime.combine(day, time(), campaign.zone)
