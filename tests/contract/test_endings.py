"""Each end of a job is written with the change itself, and told in order until it is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from storage.lease_names import job_lease
from storage.leases import LeaseLost
from storage.ledger import Ledger
from storage.records import Job, OutboxEntry
from storage.schema import endings
from tests.contract.helpers import (
    ENDS,
    LONG,
    lost_to_another,
    put_in_line,
    submit,
    taken_up,
    tick,
)

Change = Callable[[Ledger, Job, dict[str, Any]], Job]


def by_advance(ledger: Ledger, job: Job, changes: dict[str, Any]) -> Job:
    token = ledger.leases.acquire(job_lease(job.id), "worker", LONG)
    done = ledger.advance(job.id, token, **changes)
    ledger.leases.release(job_lease(job.id), token)
    return done


def by_move(ledger: Ledger, job: Job, changes: dict[str, Any]) -> Job:
    return ledger.move(job.id, ["running"], **changes)


def by_giving_back(ledger: Ledger, job: Job, changes: dict[str, Any]) -> Job:
    return ledger.queue.give_back(job.id, **changes)


changing = pytest.mark.parametrize("change", [by_advance, by_move, by_giving_back])


@changing
@pytest.mark.parametrize("state", ENDS)
def test_with_an_end_one_ending_is_written(ledger, change, state):
    job, _ = submit(ledger, state="running"), submit(ledger, state="running")

    done = change(ledger, job, {"state": state, "code": "why"})

    [ending] = ledger.outbox.of(job.id)
    told = OutboxEntry(ending.id, job.id, state, "why", at=ending.at, tries=0, due=ending.due, told=None)
    assert (done.state, ending) == (state, told)
    assert len(ending.id) == 32
    assert ending.at == pytest.approx(done.updated, abs=0.5)
    assert ending.due == pytest.approx(ending.at, abs=0.5)
    assert ledger.outbox.due(10) == [ending]


@pytest.mark.parametrize("state", ["received", "queued", "running", "held"])
def test_with_a_cancel_one_ending_is_written(ledger, state):
    job = submit(ledger, state=state)

    ledger.cancel(job.id, code="by-hand")
    ledger.cancel(job.id, code="again")  # it has ended

    assert [(end.state, end.code) for end in ledger.outbox.of(job.id)] == [("cancelled", "by-hand")]


@changing
@pytest.mark.parametrize("changes", [{"state": "queued"}, {"state": "running"}, {"percent": 50.0}], ids=str)
def test_with_no_other_change_an_ending_is_written(ledger, change, changes):
    job = submit(ledger, state="running")

    assert change(ledger, job, changes).state == changes.get("state", "running")

    assert ledger.outbox.of(job.id) == []
    assert ledger.outbox.due(10) == []


def test_being_taken_up_or_handed_back_is_no_end(ledger):
    put_in_line(ledger)
    taken_up(ledger, holder="mine")
    ledger.queue.hand_back("mine")

    assert ledger.outbox.due(10) == []


def test_a_change_that_does_not_come_about_ends_nothing(ledger):
    job = submit(ledger, state="running")
    token = lost_to_another(ledger, job_lease(job.id))

    with pytest.raises(LeaseLost):
        ledger.advance(job.id, token, state="published")
    assert ledger.move(job.id, ["queued"], state="failed") is None
    assert ledger.queue.give_back(job.id, state="held") is None

    assert ledger.outbox.of(job.id) == []


def test_a_job_that_is_run_again_ends_again(ledger):
    job = submit(ledger, state="running")
    for state in ("failed", "held", "published"):
        assert by_advance(ledger, job, {"state": state}).state == state
        ledger.move(job.id, [state], state="queued")
        tick()

    assert [ending.state for ending in ledger.outbox.of(job.id)] == ["failed", "held", "published"]
    assert len({ending.id for ending in ledger.outbox.of(job.id)}) == 3


def ended(ledger: Ledger, count: int = 1) -> list[str]:
    """The ids of the endings of so many jobs, the oldest first."""
    found = []
    for _ in range(count):
        job = ledger.cancel(submit(ledger).id)
        found += [ending.id for ending in ledger.outbox.of(job.id)]
        tick()
    return found


def due(ledger: Ledger) -> list[str]:
    return [ending.id for ending in ledger.outbox.due(10)]


def ending_of(ledger: Ledger, ending_id: str) -> OutboxEntry:
    with ledger.behind.begin() as connection:
        return OutboxEntry(**connection.execute(endings.select().where(endings.c.id == ending_id)).mappings().one())


def test_endings_come_the_oldest_first_and_no_more_than_asked_for(ledger):
    first, second, third = ended(ledger, 3)

    assert [ending.at for ending in ledger.outbox.due(10)] == sorted(ending.at for ending in ledger.outbox.due(10))
    assert due(ledger) == [first, second, third]
    assert [ending.id for ending in ledger.outbox.due(2)] == [first, second]


def test_what_was_missed_comes_after_what_was_never_tried(ledger):
    first, second, third = ended(ledger, 3)
    for ending in (first, first, second):
        ledger.outbox.missed(ending, 0.0)

    assert due(ledger) == [third, second, first]


def ended_three_times(ledger: Ledger) -> list[str]:
    job = submit(ledger, state="running")
    for state in ("failed", "held", "published"):
        ledger.move(job.id, ["running", "failed", "held"], state=state)
        tick()
    return [ending.id for ending in ledger.outbox.of(job.id)]


def test_no_ending_is_told_before_an_earlier_one_of_its_job(ledger):
    first, second, third = ended_three_times(ledger)
    [other] = ended(ledger)

    assert due(ledger) == [first, other]
    ledger.outbox.missed(first, LONG)
    assert due(ledger) == [other]  # nor while that one waits for another try
    ledger.outbox.told(first)
    assert sorted(due(ledger)) == sorted([second, other])
    ledger.outbox.missed(second, None)
    assert sorted(due(ledger)) == sorted([third, other])  # nobody waits for one that is given up


def test_endings_that_are_still_to_be_told_are_counted(ledger):
    assert ledger.outbox.waiting() == 0
    told, given_up, later, *_ = ended(ledger, 4)

    ledger.outbox.told(told)
    ledger.outbox.missed(given_up, None)
    ledger.outbox.missed(later, LONG)

    assert ledger.outbox.waiting() == 2


def test_an_ending_that_was_told_is_not_told_again(ledger):
    first, second = ended(ledger, 2)

    ledger.outbox.told(first)

    assert due(ledger) == [second]
    told = ending_of(ledger, first)
    assert (told.due, told.tries) == (None, 1)
    assert told.told == pytest.approx(told.at, abs=5)
    assert ending_of(ledger, second).tries == 0


def test_an_ending_that_was_not_taken_is_told_later(ledger):
    first, second = ended(ledger, 2)

    ledger.outbox.missed(first, LONG)
    ledger.outbox.missed(first, LONG)

    assert due(ledger) == [second]
    missed = ending_of(ledger, first)
    assert (missed.told, missed.tries) == (None, 2)
    assert missed.due - missed.at == pytest.approx(LONG, abs=5)


def test_an_ending_that_was_missed_is_due_again_when_its_time_has_come(ledger):
    [ending] = ended(ledger)

    ledger.outbox.missed(ending, 0.0)

    assert due(ledger) == [ending]


def test_an_ending_that_is_given_up_is_never_told(ledger):
    [ending] = ended(ledger)

    ledger.outbox.missed(ending, None)

    assert ledger.outbox.due(10) == []
    given_up = ending_of(ledger, ending)
    assert (given_up.due, given_up.told, given_up.tries) == (None, None, 1)
