"""A unit's due dates are a calendar that another library reads whole."""

from __future__ import annotations

from datetime import date, timedelta

import vobject

from pipelines.domain.calendar_feed import calendar_of
from pipelines.domain.due_dates import due_dates
from tests.unit.facts import jiexi, other


def test_every_due_date_is_a_whole_day_with_what_is_due() -> None:
    calendar = vobject.readOne(calendar_of(jiexi(), "hepo").decode())

    events = {event.dtstart.value: event for event in calendar.vevent_list}
    summary = events[date(2020, 7, 10)]
    assert [*events] == [due.due for due in due_dates(jiexi())]
    assert summary.summary.value == "报送：“安全生产月”活动总结及视频、照片等佐证材料"
    assert summary.description.value == "6月1日至7月10日\n要报：活动总结、视频、照片等佐证材料（纸质和电子）"
    assert summary.dtend.value == date(2020, 7, 11)
    assert summary.valarm.trigger.value == timedelta(hours=-15)
    assert len({event.uid.value for event in events.values()}) == len(events)


def test_the_lines_are_as_the_standard_wants_them() -> None:
    lines = calendar_of(jiexi(), "hepo").split(b"\r\n")

    assert (lines[0], lines[-2:]) == (b"BEGIN:VCALENDAR", [b"END:VCALENDAR", b""])
    assert max(map(len, lines)) <= 75  # octets, RFC 5545, 3.1
    assert calendar_of(jiexi(), "hepo") == calendar_of(jiexi(), "hepo")


def test_what_was_put_off_says_why_and_what_is_not_owed_is_left_out() -> None:
    calendar = vobject.readOne(calendar_of(other(), "tajik").decode())

    told = {event.dtstart.value: event.description.value for event in calendar.vevent_list}
    assert date(2023, 6, 5) not in told
    assert date(2023, 7, 1) not in told  # planned for 26 June, when the unit is excused
    assert told[date(2024, 2, 8)].endswith("顺延：春节")
