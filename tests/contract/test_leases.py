"""A lease has one holder, ends by the database's clock, and its token rises."""

from __future__ import annotations

import time

import pytest

from storage.lease_names import job_lease, recipe_lease
from storage.leases import LeaseLost
from tests.contract.helpers import (
    LONG,
    SUBJECT,
    at_once,
    expire,
    losing,
    lost_to_nobody,
    of_another,
    seconds_left,
)


def test_a_lease_is_held_by_one(ledger):
    token = ledger.leases.acquire("job:a", "worker", 10)

    assert token == 1
    assert ledger.leases.acquire("job:a", "another", LONG) is None
    assert ledger.leases.acquire("job:a", "worker", LONG) is None
    assert ledger.leases.acquire("job:b", "another", LONG) == 1
    ledger.leases.check("job:a", token)


def test_the_token_rises_whenever_the_lease_is_taken_again(ledger):
    tokens = []
    for after in (expire, lambda ledger, name: ledger.leases.release(name, tokens[-1]), expire):
        tokens.append(ledger.leases.acquire("job:a", "worker", LONG))
        after(ledger, "job:a")
    tokens.append(ledger.leases.acquire("job:a", "worker", LONG))

    assert tokens == [1, 2, 3, 4]


def test_a_lease_ends_by_the_clock(ledger):
    token = ledger.leases.acquire("job:a", "worker", 0.05)
    began = time.monotonic()

    while (taken := ledger.leases.acquire("job:a", "another", LONG)) is None and time.monotonic() - began < 10:
        time.sleep(0.01)

    assert taken == 2
    with pytest.raises(LeaseLost):
        ledger.leases.check("job:a", token)


@pytest.mark.parametrize("before", [lambda *_: None, lost_to_nobody], ids=["new", "expired"])
def test_of_eight_racing_threads_one_gets_the_lease(ledger, before):
    before(ledger, "job:a")

    tokens = at_once(8, lambda number: ledger.leases.acquire("job:a", f"worker {number}", LONG))

    won = [token for token in tokens if token]
    assert len(won) == 1
    ledger.leases.check("job:a", won[0])


def test_a_renewed_lease_is_kept_from_now_on(ledger):
    token = ledger.leases.acquire("job:a", "worker", 5)

    ledger.leases.renew("job:a", token, 3600)
    longer = seconds_left(ledger, "job:a")
    ledger.leases.renew("job:a", token, 30)

    assert 3500 < longer <= 3600
    assert 20 < seconds_left(ledger, "job:a") <= 30
    ledger.leases.check("job:a", token)


@losing
def test_a_lease_that_is_not_held_is_neither_renewed_nor_checked(ledger, lose):
    token = lose(ledger, "job:a")
    left = seconds_left(ledger, "job:a") if lose is not of_another else None

    with pytest.raises(LeaseLost):
        ledger.leases.renew("job:a", token, 3600)
    with pytest.raises(LeaseLost):
        ledger.leases.check("job:a", token)

    assert left is None or seconds_left(ledger, "job:a") <= left


def test_releasing_twice_takes_nothing_from_the_next(ledger):
    token = ledger.leases.acquire("job:a", "worker", LONG)

    ledger.leases.release("job:a", token)
    following = ledger.leases.acquire("job:a", "another", LONG)
    ledger.leases.release("job:a", token)
    ledger.leases.release("job:never", 1)

    assert following == 2
    ledger.leases.check("job:a", following)


def test_the_longest_lease_names_fit(ledger):
    for name in (job_lease("f" * 32), recipe_lease(SUBJECT, "a" * 32)):
        assert ledger.leases.acquire(name, "机" * 80, LONG) == 1
