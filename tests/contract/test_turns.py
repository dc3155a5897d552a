"""Which job of the line is next: by lane, by the turns of the units, by age."""

from __future__ import annotations

import pytest

from storage.lease_names import job_lease
from tests.contract.helpers import (
    ENDS,
    LONG,
    fall_due,
    given_back,
    lost_to_nobody,
    order,
    put_in_line,
    submit,
    taken_up,
)


def test_where_nothing_is_queued_nothing_is_claimed(ledger):
    for state in ["received", "running", *ENDS]:
        submit(ledger, state=state, lane="video")

    assert ledger.queue.claim(["video"], "worker", LONG) is None


def test_the_oldest_job_of_a_unit_is_first(ledger):
    for name, old in (("second", 20), ("third", 10), ("first", 30)):
        put_in_line(ledger, name, old=old, unit="县应急局")

    assert order(ledger) == ["first", "second", "third"]


def test_units_take_turns_however_many_jobs_one_has(ledger):
    for number in range(5):  # all of them older than the others'
        put_in_line(ledger, f"many-{number}", old=100 - number, unit="县应急局")
    put_in_line(ledger, "one", old=20, unit="市应急局")
    put_in_line(ledger, "another", old=10, unit="")
    put_in_line(ledger, "one's second", old=5, unit="市应急局")

    assert order(ledger) == [
        *("many-0", "one", "another"),
        *("many-1", "one's second"),
        *("many-2", "many-3", "many-4"),
    ]


def test_a_unit_that_comes_late_is_served_before_one_that_was_served(ledger):
    for number in range(3):
        put_in_line(ledger, f"many-{number}", old=100 - number, unit="县应急局")
    taken_up(ledger)

    put_in_line(ledger, "late", unit="市应急局")

    assert order(ledger) == ["late", "many-1", "many-2"]


def test_whose_turn_was_longest_ago_is_next(ledger):
    for unit in "abc":
        put_in_line(ledger, f"{unit}-0", old=ord(unit), unit=unit)
    assert order(ledger) == ["c-0", "b-0", "a-0"]

    for unit in "abc":
        put_in_line(ledger, f"{unit}-1", unit=unit)

    assert order(ledger) == ["c-1", "b-1", "a-1"]


def test_a_turn_in_one_lane_is_none_in_another(ledger):
    put_in_line(ledger, "photo", unit="县应急局", lane="photo")
    taken_up(ledger, "photo")
    put_in_line(ledger, "older", old=20, unit="县应急局")
    put_in_line(ledger, "newer", old=10, unit="市应急局")

    assert order(ledger) == ["older", "newer"]


def test_the_turn_is_taken_by_being_taken_up_and_not_by_being_done(ledger):
    put_in_line(ledger, "a-0", old=30, unit="a")
    put_in_line(ledger, "b-0", old=10, unit="b")
    job, token = taken_up(ledger)
    ledger.advance(job.id, token, state="queued")  # it had to wait for something else
    ledger.leases.release(job_lease(job.id), token)

    assert order(ledger) == ["b-0", "a-0"]


@pytest.mark.parametrize("lanes", [("photo", "video", "bulk"), ("bulk", "photo", "video"), ("video", "photo")])
def test_lanes_come_in_the_order_asked_for_and_no_other_comes_at_all(ledger, lanes):
    for old, lane in enumerate(["bulk", "photo", "urgent", "video"]):
        put_in_line(ledger, lane, old=old, lane=lane)
        put_in_line(ledger, f"{lane} too", old=old, lane=lane, unit="another")

    found = order(ledger, *lanes)

    assert [name.removesuffix(" too") for name in found] == [lane for lane in lanes for _ in range(2)]


def test_a_lane_goes_before_a_units_turn(ledger):
    put_in_line(ledger, "first photo", lane="photo", unit="县应急局")
    taken_up(ledger, "photo", "video")
    put_in_line(ledger, "photo", lane="photo", unit="县应急局")
    put_in_line(ledger, "film", old=50, unit="市应急局")

    assert order(ledger, "photo", "video") == ["photo", "film"]


def test_nothing_is_claimed_before_it_is_due(ledger):
    early, late = put_in_line(ledger, "early"), put_in_line(ledger, "late")
    ledger.move(early.id, ["queued"], wait=LONG, state="queued")
    ledger.move(late.id, ["queued"], wait=LONG, state="queued")

    assert ledger.queue.claim(["video"], "worker", LONG) is None
    fall_due(ledger, late)

    assert order(ledger) == ["late"]
    assert ledger.queue.claim(["video"], "worker", LONG) is None


def test_what_somebody_holds_is_not_claimed(ledger):
    held = put_in_line(ledger, "held", old=10)
    put_in_line(ledger, "free")
    token = ledger.leases.acquire(job_lease(held.id), "another", LONG)

    assert order(ledger) == ["free"]
    ledger.leases.check(job_lease(held.id), token)
    assert ledger.job(held.id) == held


@pytest.mark.parametrize("lose", [lost_to_nobody, given_back])
def test_what_was_held_and_is_no_longer_is_claimed(ledger, lose):
    job = put_in_line(ledger)
    before = lose(ledger, job_lease(job.id))

    claimed, token = taken_up(ledger)

    assert (claimed.id, token) == (job.id, before + 1)
