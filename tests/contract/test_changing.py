"""A job is changed from the right state, under the right lease, whole or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import select

from storage.lease_names import job_lease
from storage.leases import LeaseLost
from storage.records import Job, RecordedFinding
from storage.schema import jobs
from tests.contract.helpers import (
    LONG,
    SUBJECT,
    ExaminedLedger,
    age,
    at_once,
    losing,
    submit,
    wait_for_waiting,
)

LATE = RecordedFinding("late", "warning")


def test_a_job_moves_from_the_states_given(ledger):
    job = submit(ledger)
    age(ledger, job, 10)

    moved = ledger.move(job.id, ["held", "received"], state="queued", lane="heavy")

    assert (moved.state, moved.lane) == ("queued", "heavy")
    assert moved == ledger.job(job.id)
    assert moved.updated - moved.created > 9


def test_a_job_in_another_state_stays_as_it_is(ledger):
    job, other = submit(ledger, state="running"), submit(ledger)

    assert ledger.move(job.id, ["received", "queued"], state="cancelled") is None
    assert ledger.move(job.id, [], state="cancelled") is None
    assert ledger.job(job.id) == job
    assert ledger.job(other.id) == other


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_cancelled_job_has_no_lease_any_more_and_its_worker_changes_nothing(ledger, state):
    job = submit(ledger, state=state)
    token = ledger.leases.acquire(job_lease(job.id), "worker", LONG)

    cancelled = ledger.cancel(job.id, stage="")

    with pytest.raises(LeaseLost):
        ledger.advance(job.id, token, state="published")
    with pytest.raises(LeaseLost):
        ledger.leases.renew(job_lease(job.id), token, LONG)
    assert cancelled.state == ledger.job(job.id).state == "cancelled"


def test_a_job_that_has_ended_is_not_cancelled_and_keeps_its_lease(ledger):
    job = submit(ledger, state="published")
    token = ledger.leases.acquire(job_lease(job.id), "worker", LONG)

    assert ledger.cancel(job.id) is None
    assert ledger.job(job.id).state == "published"
    ledger.leases.check(job_lease(job.id), token)


def test_of_eight_threads_that_move_a_job_one_does(ledger):
    job = submit(ledger)

    moved = at_once(8, lambda number: ledger.move(job.id, ["received"], state="queued", code=str(number)))

    winners = [one for one in moved if one]
    assert [ledger.job(job.id)] == winners


def test_a_job_is_advanced_under_its_lease(ledger):
    job, other = submit(ledger, state="queued"), submit(ledger)
    token = ledger.leases.acquire(job_lease(job.id), "worker", LONG)

    advanced = ledger.advance(job.id, token, state="running", stage="render", percent=40.5, findings=(LATE,))

    assert (advanced.state, advanced.stage, advanced.percent) == ("running", "render", 40.5)
    assert advanced.findings == (LATE,)
    assert advanced == ledger.job(job.id)
    assert ledger.job(other.id) == other


@losing
def test_a_job_is_not_advanced_under_a_lease_that_is_not_held(ledger, lose):
    job = submit(ledger)
    token = lose(ledger, job_lease(job.id))

    with pytest.raises(LeaseLost):
        ledger.advance(job.id, token, state="published")

    assert ledger.job(job.id) == job


def test_a_job_that_is_not_there_is_not_advanced(ledger):
    token = ledger.leases.acquire(job_lease("missing"), "worker", LONG)

    with pytest.raises(LeaseLost):
        ledger.advance("missing", token, state="running")


def test_a_lease_is_not_taken_over_while_a_change_under_it_is_under_way(postgresql_url):
    with closing(ExaminedLedger(postgresql_url)) as ledger, ThreadPoolExecutor(2) as pool:
        job = submit(ledger, state="running")
        name = job_lease(job.id)
        token = ledger.leases.acquire(name, "worker", LONG)

        def take_over() -> tuple[int | None, Job | None]:
            ledger.leases.release(name, token)
            return ledger.leases.acquire(name, "another", LONG), ledger.job(job.id)

        with ledger.behind.begin() as connection:
            connection.execute(select(jobs).where(jobs.c.id == job.id).with_for_update())
            advanced = pool.submit(ledger.advance, job.id, token, state="published")
            wait_for_waiting(ledger, 1)
            taken = pool.submit(take_over)
            wait_for_waiting(ledger, 2, taken.done)

        assert taken.result() == (token + 1, advanced.result())


def test_a_worker_that_takes_a_job_up_while_it_is_cancelled_gets_nowhere(postgresql_url):
    with closing(ExaminedLedger(postgresql_url)) as ledger, ThreadPoolExecutor(2) as pool:
        job = submit(ledger, state="queued")

        def take_up() -> tuple[int | None, Job | None]:
            token = ledger.leases.acquire(job_lease(job.id), "worker", LONG)
            with pytest.raises(LeaseLost):
                ledger.advance(job.id, token, state="running")
            return token, ledger.job(job.id)

        with ledger.behind.begin() as connection:
            connection.execute(select(jobs).where(jobs.c.id == job.id).with_for_update())
            cancelled = pool.submit(ledger.cancel, job.id)
            wait_for_waiting(ledger, 1)
            taken = pool.submit(take_up)
            wait_for_waiting(ledger, 2, taken.done)

        assert cancelled.result().state == taken.result()[1].state == "cancelled"


@pytest.mark.parametrize("ended", ["published", "rejected", "failed", "cancelled"])
def test_no_token_brings_back_a_job_that_has_ended(ledger, ended):
    job = submit(ledger, state=ended)
    token = ledger.leases.acquire(job_lease(job.id), "worker", LONG)

    with pytest.raises(LeaseLost):
        ledger.advance(job.id, token, state="running")

    assert ledger.job(job.id).state == ended


def test_what_is_written_together_is_written_whole_or_not_at_all(ledger):
    job = submit(ledger)

    def written_by_one_who_lost_his_lease() -> None:
        with ledger.together():
            ledger.custody.record(SUBJECT, "published", job.id)
            ledger.move(job.id, ["received"], state="queued")
            ledger.leases.check("nobody's", 1)

    with pytest.raises(LeaseLost):
        written_by_one_who_lost_his_lease()

    assert ledger.custody.chain(SUBJECT) == []
    assert ledger.job(job.id) == job

    with ledger.together():
        ledger.custody.record(SUBJECT, "published", job.id)
        ledger.move(job.id, ["received"], state="queued")
        assert ledger.job(job.id).state == "queued"

    assert [event.kind for event in ledger.custody.chain(SUBJECT)] == ["published"]
    assert ledger.job(job.id).state == "queued"


def test_a_published_job_is_told_something_new_in_place_of_what_it_was_told_under_that_code(ledger):
    told = [("small", "a"), ("x", "b"), ("x", "c")]
    small, alike, sharper = (RecordedFinding(code, "info", text=text) for code, text in told)
    job = submit(ledger)
    ledger.move(job.id, ["received"], state="published", findings=[alike, small])
    before = ledger.job(job.id)

    ledger.note({job.id: sharper})

    assert ledger.job(job.id) == replace(before, findings=(small, sharper))


def test_a_job_that_is_not_published_is_not_told(ledger):
    job = submit(ledger)

    ledger.note({job.id: RecordedFinding("x", "info", text="b")})
    ledger.note({"no such job": RecordedFinding("x", "info", text="b")})

    assert ledger.job(job.id) == job


def test_a_wait_is_counted_from_now_and_only_of_what_is_queued(ledger):
    job = submit(ledger)
    age(ledger, job, 500)

    queued = ledger.move(job.id, ["received"], wait=40.0, state="queued")
    failed = ledger.move(job.id, ["queued"], wait=900.0, state="failed")

    assert queued.due - queued.queued == pytest.approx(40.0, abs=0.5)
    assert queued.queued - queued.created == pytest.approx(500.0, abs=5)
    assert (failed.due, failed.queued) == (queued.due, queued.queued)
