"""What nobody runs any more, or its holder lets go, goes back into the line."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from storage.lease_names import job_lease, recipe_lease
from storage.leases import LeaseLost, take
from tests.contract.helpers import (
    ENDS,
    LONG,
    SUBJECT,
    ExaminedLedger,
    at_once,
    expire,
    lost_to_another,
    lost_to_nobody,
    names,
    order,
    put_in_line,
    submit,
    taken_up,
    wait_for_waiting,
)


def test_a_running_job_that_nobody_holds_is_given_back(ledger):
    put_in_line(ledger)
    job, token = taken_up(ledger)
    expire(ledger, job_lease(job.id))

    back = ledger.queue.give_back(job.id, wait=40.0, state="queued", stage="", deaths=1, attempts=0)

    assert (back.state, back.deaths, back.attempts) == ("queued", 1, 0)
    assert back.due - back.queued == pytest.approx(40.0, abs=0.5)
    assert back == ledger.job(job.id)
    with pytest.raises(LeaseLost):
        ledger.advance(job.id, token, state="published")


def test_a_job_that_somebody_holds_is_not_given_back(ledger):
    put_in_line(ledger)
    job, token = taken_up(ledger)

    assert ledger.queue.give_back(job.id, state="queued") is None

    assert ledger.job(job.id) == job
    ledger.leases.check(job_lease(job.id), token)


def test_a_job_that_another_took_over_is_not_given_back(ledger):
    job = submit(ledger, state="running")
    lost_to_another(ledger, job_lease(job.id))

    assert ledger.queue.give_back(job.id, state="queued") is None
    assert ledger.job(job.id) == job


def test_a_job_that_is_taken_over_just_now_is_not_given_back(postgresql_url):
    with closing(ExaminedLedger(postgresql_url)) as ledger, ThreadPoolExecutor(1) as pool:
        job = submit(ledger, state="running")
        lost_to_nobody(ledger, job_lease(job.id))

        with ledger.behind.begin() as connection:
            taken = take(ledger.behind, connection, job_lease(job.id), "another", LONG)
            back = pool.submit(ledger.queue.give_back, job.id, state="queued")
            wait_for_waiting(ledger, 1, back.done)

        assert (taken, back.result()) == (2, None)
        assert ledger.job(job.id) == job


@pytest.mark.parametrize("state", ["received", "queued", *ENDS])
def test_only_what_runs_is_given_back(ledger, state):
    job = submit(ledger, state=state)

    assert ledger.queue.give_back(job.id, state="queued") is None
    assert ledger.queue.give_back("missing", state="queued") is None
    assert ledger.job(job.id) == job
    assert ledger.outbox.of(job.id) == []


def test_of_eight_threads_that_give_a_job_back_one_does(ledger):
    job = submit(ledger, state="running")

    back = at_once(8, lambda number: ledger.queue.give_back(job.id, state="held", code=f"{number}"))

    assert [one for one in back if one] == [ledger.job(job.id)]
    assert len(ledger.outbox.of(job.id)) == 1


def test_a_holder_hands_back_all_that_it_runs_and_no_attempt_is_counted(ledger):
    for name in "ab":
        put_in_line(ledger, name, stage="render", attempts=2, deaths=1, speed=1.5)
    taken = [taken_up(ledger, holder="mine") for _ in range(2)]

    back = ledger.queue.hand_back("mine")

    assert sorted(names(back)) == ["a", "b"]
    assert {(job.state, job.attempts, job.deaths, job.stage, job.speed) for job in back} == {("queued", 2, 1, "", 0.0)}
    assert {job.due <= job.updated for job in back} == {True}
    assert {job.id: job for job in back} == {job.id: job for job in ledger.find()}
    for job, token in taken:
        with pytest.raises(LeaseLost):
            ledger.advance(job.id, token, state="published")
    assert sorted(order(ledger)) == ["a", "b"]  # at once


def test_what_others_run_is_not_handed_back(ledger):
    put_in_line(ledger)
    job, token = taken_up(ledger, holder="another")

    assert ledger.queue.hand_back("mine") == []
    assert ledger.queue.hand_back("anothe_") == []  # no pattern

    assert ledger.job(job.id) == job
    ledger.leases.check(job_lease(job.id), token)


def test_what_a_holder_has_lost_is_not_handed_back(ledger):
    lost, taken_over = submit(ledger, state="running"), submit(ledger, state="running")
    for job in (lost, taken_over):
        ledger.leases.acquire(job_lease(job.id), "mine", LONG)
        expire(ledger, job_lease(job.id))
    token = ledger.leases.acquire(job_lease(taken_over.id), "another", LONG)

    assert ledger.queue.hand_back("mine") == []

    assert [ledger.job(job.id) for job in (lost, taken_over)] == [lost, taken_over]
    ledger.leases.check(job_lease(taken_over.id), token)


def test_what_has_ended_while_it_was_held_stays_as_it_is(ledger):
    put_in_line(ledger)
    job, token = taken_up(ledger, holder="mine")
    done = ledger.advance(job.id, token, state="published")

    assert ledger.queue.hand_back("mine") == []
    assert ledger.job(job.id) == done


def test_whatever_else_a_holder_holds_goes_with_it(ledger):
    token = ledger.leases.acquire(recipe_lease(SUBJECT, "a" * 24), "mine", LONG)

    ledger.queue.hand_back("mine")

    with pytest.raises(LeaseLost):
        ledger.leases.check(recipe_lease(SUBJECT, "a" * 24), token)


def test_a_publication_handed_back_half_made_is_known_to_be(ledger):
    ledger.leases.acquire(recipe_lease(SUBJECT, "a" * 24), "mine", LONG)

    ledger.queue.hand_back("mine")

    # Some of its outputs may be in the store: nobody would find them, were it told as done.
    assert ledger.leases.left("recipe:", -1.0) == [recipe_lease(SUBJECT, "a" * 24)]
