"""A machine promises no more than it has, and a promise ends with its job's lease."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from storage.lease_names import job_lease
from storage.ledger import Ledger
from storage.records import Reservation
from tests.contract.helpers import (
    LONG,
    at_once,
    expire,
    submit,
    wait_for_waiting,
)

BOX = "box-1:/scratch"


NEEDS = {"disk": 7 * 2**40, "memory": 600 * 2**20, "cores": 2}


def running(ledger: Ledger) -> tuple[str, int]:
    """A job that is held, and its token."""
    job = submit(ledger, state="running")
    return job.id, ledger.leases.acquire(job_lease(job.id), "worker", LONG)


def asked(ledger: Ledger, job_id: str, token: int, box: str = BOX) -> list[Reservation]:
    """What `fits` is told of others when this job asks; nothing is promised to it."""
    told: list[Sequence[Reservation]] = []
    assert not ledger.reservations.reserve(box, job_id, token, {}, lambda others: bool(told.append(others)))
    [others] = told
    return sorted(others, key=lambda other: other.job)


def yes(others: Sequence[Reservation]) -> bool:
    return True


def test_whether_a_job_fits_is_asked_with_what_the_others_were_promised(ledger):
    first, second, third = (running(ledger) for _ in range(3))
    assert ledger.reservations.reserve(BOX, *first, NEEDS, yes)
    assert ledger.reservations.reserve(BOX, *second, {"disk": 1}, yes)

    told = asked(ledger, *third)

    given = [Reservation(*first, NEEDS), Reservation(*second, {"disk": 1})]
    assert told == sorted(given, key=lambda other: other.job)
    assert asked(ledger, *first) == given[1:]  # its own promise is no other's


def test_what_does_not_fit_is_not_promised_and_what_was_promised_before_stays(ledger):
    first, second = running(ledger), running(ledger)
    ledger.reservations.reserve(BOX, *first, NEEDS, yes)

    assert not ledger.reservations.reserve(BOX, *second, NEEDS, lambda others: False)
    assert not ledger.reservations.reserve(BOX, *first, {"disk": 9}, lambda others: False)

    assert ledger.reservations.of(BOX) == [Reservation(*first, NEEDS)]


def test_a_job_is_promised_once_what_it_asked_for_last(ledger):
    job = running(ledger)

    ledger.reservations.reserve(BOX, *job, {"disk": 1}, yes)
    ledger.reservations.reserve(BOX, *job, NEEDS, yes)

    assert ledger.reservations.of(BOX) == [Reservation(*job, NEEDS)]


def test_boxes_know_nothing_of_each_other(ledger):
    here, there = running(ledger), running(ledger)
    ledger.reservations.reserve(BOX, *here, NEEDS, yes)

    assert asked(ledger, *there, box="box-2:/scratch") == []
    ledger.reservations.reserve("box-2:/scratch", *there, {"disk": 1}, yes)

    assert ledger.reservations.of(BOX) == [Reservation(*here, NEEDS)]
    assert ledger.reservations.of("box-2:/scratch") == [Reservation(*there, {"disk": 1})]


def let_run_out(ledger: Ledger, job_id: str, token: int) -> None:
    expire(ledger, job_lease(job_id))


def give_away(ledger: Ledger, job_id: str, token: int) -> None:
    ledger.leases.release(job_lease(job_id), token)


def take_over(ledger: Ledger, job_id: str, token: int) -> None:
    expire(ledger, job_lease(job_id))
    ledger.leases.acquire(job_lease(job_id), "another", LONG)


def cancel(ledger: Ledger, job_id: str, token: int) -> None:
    ledger.cancel(job_id)


@pytest.mark.parametrize("end", [let_run_out, give_away, take_over, cancel])
def test_a_promise_goes_with_the_jobs_lease(ledger, end):
    gone, other = running(ledger), running(ledger)
    ledger.reservations.reserve(BOX, *gone, NEEDS, yes)

    end(ledger, *gone)

    assert ledger.reservations.of(BOX) == []
    assert asked(ledger, *other) == []
    ledger.reservations.reserve(BOX, *other, NEEDS, yes)
    assert ledger.reservations.of(BOX) == [Reservation(*other, NEEDS)]


def test_nothing_is_promised_where_asking_fails(ledger):
    job = running(ledger)

    def broken(others: Sequence[Reservation]) -> bool:
        raise RuntimeError("disk gone")

    with pytest.raises(RuntimeError, match="disk gone"):
        ledger.reservations.reserve(BOX, *job, NEEDS, broken)

    assert ledger.reservations.of(BOX) == []
    assert ledger.reservations.reserve(BOX, *job, NEEDS, yes)  # and nobody is left waiting


def test_of_two_threads_that_ask_for_all_of_a_box_one_gets_it(ledger):
    askers = [running(ledger), running(ledger)]
    looking: list[Sequence[Reservation]] = []

    def alone(others: Sequence[Reservation]) -> bool:
        looking.append(others)
        if len(looking) == 1:
            wait_for_waiting(ledger, 1, lambda: len(looking) > 1)
        return not others

    got = at_once(2, lambda number: ledger.reservations.reserve(BOX, *askers[number], NEEDS, alone))

    assert sorted(got) == [False, True]
    assert ledger.reservations.of(BOX) == [Reservation(*askers[got.index(True)], NEEDS)]


def test_of_eight_threads_as_many_get_a_core_as_there_are(ledger):
    askers = [running(ledger) for _ in range(8)]

    def room(others: Sequence[Reservation]) -> bool:
        return sum(other.needs["cores"] for other in others) < 3

    got = at_once(8, lambda number: ledger.reservations.reserve(BOX, *askers[number], {"cores": 1}, room))

    assert sorted(got) == [False] * 5 + [True] * 3
    assert len(ledger.reservations.of(BOX)) == 3


def test_the_longest_name_of_a_box_is_a_box(ledger):
    box = "机" * 100
    job = running(ledger)

    assert ledger.reservations.reserve(box, *job, NEEDS, yes)

    assert ledger.reservations.of(box) == [Reservation(*job, NEEDS)]
