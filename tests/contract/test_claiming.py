"""What is claimed is running under a lease of one worker, however many claim at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import update

from storage.lease_names import job_lease
from storage.leases import LeaseLost
from storage.locks import lock
from storage.schema import jobs
from tests.contract.helpers import (
    LONG,
    ExaminedLedger,
    at_once,
    expire,
    put_in_line,
    seconds_left,
    taken_up,
    wait_for_waiting,
)


def test_a_claim_takes_the_job_up_under_a_lease(ledger):
    other = put_in_line(ledger, "other", lane="photo")
    queued = put_in_line(ledger, old=100, code="stalled", attempts=2, deaths=1)

    job, token = ledger.queue.claim(["video"], "worker", 30)

    assert (job.id, job.state, job.attempts, job.deaths, job.code) == (queued.id, "running", 3, 1, "")
    assert job.started - queued.created == pytest.approx(100, abs=5)
    assert job.updated == pytest.approx(job.started, abs=0.5)
    assert job == ledger.job(job.id)
    assert token == 1
    assert 20 < seconds_left(ledger, job_lease(job.id)) <= 30
    assert ledger.leases.holders("job:") == [(job_lease(job.id), "worker")]
    assert ledger.advance(job.id, token, percent=1.0).percent == 1.0
    assert ledger.job(other.id) == other


def test_the_token_rises_with_each_claim_and_the_one_before_is_worth_nothing(ledger):
    put_in_line(ledger)
    tokens = []
    for _ in range(3):
        job, token = taken_up(ledger)
        tokens.append(token)
        expire(ledger, job_lease(job.id))
        assert ledger.queue.give_back(job.id, state="queued").state == "queued"

    job, token = taken_up(ledger)

    assert [*tokens, token] == [1, 2, 3, 4]
    assert job.attempts == 4
    for spent in tokens:
        with pytest.raises(LeaseLost):
            ledger.advance(job.id, spent, state="published")
    assert ledger.job(job.id) == job


def test_of_eight_threads_that_claim_at_once_each_gets_another_job(ledger):
    queued = [put_in_line(ledger, f"{number}", unit=f"{number % 3}") for number in range(8)]

    claimed = at_once(8, lambda number: ledger.queue.claim(["video"], f"worker {number}", LONG))

    assert sorted(job.id for job, _ in claimed) == sorted(job.id for job in queued)
    assert ledger.queue.claim(["video"], "late", LONG) is None
    held = dict(ledger.leases.holders("job:"))
    assert held == {job_lease(job.id): f"worker {number}" for number, (job, _) in enumerate(claimed)}
    for job, token in claimed:
        assert (job.attempts, token) == (1, 1)
        ledger.leases.check(job_lease(job.id), token)


def test_eight_threads_empty_a_line_and_no_job_is_claimed_twice(ledger):
    queued = [put_in_line(ledger, f"{number}", unit=f"{number % 3}") for number in range(40)]

    def work(number: int) -> list[str]:
        found = []
        while claimed := ledger.queue.claim(["video"], f"worker {number}", LONG):
            found.append(claimed[0].id)
        return found

    claimed = [job_id for found in at_once(8, work) for job_id in found]

    assert sorted(claimed) == sorted(job.id for job in queued)
    assert {job.attempts for job in ledger.find()} == {1}


def test_of_eight_threads_that_claim_the_last_job_one_gets_it(ledger):
    job = put_in_line(ledger)

    claimed = at_once(8, lambda number: ledger.queue.claim(["video"], f"worker {number}", LONG))

    won = [one for one in claimed if one]
    assert [(job.id, 1)] == [(found.id, token) for found, token in won]
    assert ledger.job(job.id).attempts == 1


def test_a_job_cancelled_between_the_look_and_the_lease_is_not_taken_up(ledger):
    job = put_in_line(ledger)

    with ThreadPoolExecutor(1) as pool:
        with ledger.behind.begin() as connection:  # step by step what `cancel` does
            lock(ledger.behind, connection, job_lease(job.id))
            claimed = pool.submit(ledger.queue.claim, ["video"], "worker", LONG)
            wait_for_waiting(ledger, 1, claimed.done)
            connection.execute(update(jobs).where(jobs.c.id == job.id).values(state="cancelled"))
        assert claimed.result() is None

    assert ledger.job(job.id) == replace(job, state="cancelled")
    assert ledger.leases.holders("job:") == []
    assert ledger.leases.left("job:", -LONG) == []  # nothing is left half done


def test_a_claim_that_waits_for_a_cancel_takes_the_next_job(postgresql_url):
    with closing(ExaminedLedger(postgresql_url)) as ledger, ThreadPoolExecutor(1) as pool:
        seen, following = put_in_line(ledger, "seen", old=10), put_in_line(ledger, "following")

        with ledger.behind.begin() as connection:  # step by step what `cancel` does
            lock(ledger.behind, connection, job_lease(seen.id))
            claimed = pool.submit(ledger.queue.claim, ["video"], "worker", LONG)
            wait_for_waiting(ledger, 1, claimed.done)
            connection.execute(update(jobs).where(jobs.c.id == seen.id).values(state="cancelled"))

        assert claimed.result()[0].id == following.id
        assert ledger.job(seen.id).state == "cancelled"
        assert ledger.job(seen.id).attempts == 0
        assert ledger.leases.holders("job:") == [(job_lease(following.id), "worker")]
