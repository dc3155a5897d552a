"""Lists of jobs in every order, from page to page, by codes of findings, by lane and by when they came."""

from __future__ import annotations

import pytest

from storage.records import RecordedFinding
from tests.contract.helpers import age, names, submit

DARK, HUM = (RecordedFinding(code, "warning", text="…") for code in ("underexposed", "hum"))
NAMES = ["丙.mp4", "甲.mp4", "乙.mp4", "乙.mp4"]
DAYS = ["2020-06-03", "", "2020-06-16", "2020-06-03"]


def pages(ledger, **selection) -> list[str]:
    """Return the ids of a list that is read two jobs at a time, by key."""
    found, last = [], ""
    while page := ledger.find(**selection, limit=2, before=last):
        found += [job.id for job in page]
        last = found[-1]
    return found


@pytest.fixture
def four(ledger):
    """Four jobs, the first the oldest; the last two came at once."""
    made = [submit(ledger, name=name, date=day) for name, day in zip(NAMES, DAYS, strict=True)]
    for number, job in enumerate(made[:2]):
        age(ledger, job, 100 - number)
    return made


@pytest.mark.parametrize("order", ["newest", "oldest", "event", "name"])
def test_every_order_goes_on_from_page_to_page_and_misses_and_repeats_nothing(ledger, four, order):
    read = pages(ledger, order=order)

    assert sorted(read) == sorted(job.id for job in four)
    assert read == [job.id for job in ledger.find(order=order)]


def test_an_order_is_the_one_that_was_asked_for(ledger, four):
    assert [job.id for job in ledger.find(order="oldest")][:2] == [four[0].id, four[1].id]
    assert [job.id for job in ledger.find(order="newest")][2:] == [four[1].id, four[0].id]
    assert [job.date for job in ledger.find(order="event")] == ["2020-06-16", "2020-06-03", "2020-06-03", ""]
    assert names(ledger.find(order="name")) == sorted(NAMES)


def ended(ledger, name: str, *findings: RecordedFinding):
    job = submit(ledger, name=name)
    ledger.cancel(job.id)
    return ledger.move(job.id, ["cancelled"], state="rejected", findings=findings)


def test_jobs_are_found_and_counted_by_the_codes_of_their_findings(ledger):
    ended(ledger, "暗.jpg", DARK)
    both = ended(ledger, "又暗又响.mp4", DARK, HUM)

    assert names(ledger.find(finding="underexposed")) == ["又暗又响.mp4", "暗.jpg"]
    assert names(ledger.find(finding="hum")) == ["又暗又响.mp4"]
    assert ledger.counts("finding", finding="hum") == {"underexposed": 2, "hum": 1}

    ledger.move(both.id, ["rejected"], state="published", findings=[])

    assert ledger.counts("finding") == {"underexposed": 1}


def test_a_lane_and_the_time_of_receipt_are_criteria(ledger):
    old, new = submit(ledger, name="旧.mp4", lane="bulk"), submit(ledger, name="新.mp4", lane="urgent")
    age(ledger, old, 1000)
    between = new.created - 500

    assert names(ledger.find(lane="bulk")) == ["旧.mp4"]
    assert names(ledger.find(received_since=between)) == ["新.mp4"]
    assert names(ledger.find(received_until=between)) == ["旧.mp4"]
    assert ledger.counts("lane") == {"bulk": 1, "urgent": 1}
