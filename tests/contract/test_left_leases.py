"""Leases that ended with work left undone are found, and who holds which is told."""

from __future__ import annotations

from storage.locks import lock
from tests.contract.helpers import (
    LONG,
    expire,
)


def test_a_lease_that_ended_unfinished_is_found(ledger):
    for name, done in (("recipe:done", True), ("recipe:broken off", False)):
        token = ledger.leases.acquire(name, "worker", LONG)
        ledger.leases.release(name, token, done=done)
    ledger.leases.acquire("recipe:died", "worker", LONG)
    expire(ledger, "recipe:died")
    ledger.leases.acquire("recipe:lives", "worker", LONG)

    # Seconds below nought: what ended just now, too. What ended in 1970 was done, what is to end yet is not left.
    assert sorted(ledger.leases.left("recipe:", -1.0)) == ["recipe:broken off", "recipe:died"]


def test_a_lease_is_only_left_after_its_time(ledger):
    ledger.leases.acquire("recipe:a", "worker", -100)
    ledger.leases.acquire("recipe:b", "worker", -200)

    assert ledger.leases.left("recipe:", 90) == ["recipe:b", "recipe:a"]
    assert ledger.leases.left("recipe:", 150) == ["recipe:b"]
    assert ledger.leases.left("recipe:", 250) == []


def test_a_lease_that_is_taken_again_and_done_is_left_no_more(ledger):
    ledger.leases.acquire("recipe:a", "worker", -100)

    token = ledger.leases.acquire("recipe:a", "another", LONG)
    assert ledger.leases.left("recipe:", 1) == []
    ledger.leases.release("recipe:a", token)

    assert token == 2
    assert ledger.leases.left("recipe:", -1.0) == []


def test_only_leases_whose_name_begins_so_are_left(ledger):
    for name in ("job:a", "recipe:%", "recipe:a", "xrecipe:a"):
        ledger.leases.acquire(name, "worker", -100)

    assert sorted(ledger.leases.left("recipe:", 1)) == ["recipe:%", "recipe:a"]
    assert ledger.leases.left("recipe:%", 1) == ["recipe:%"]  # no pattern


def test_a_row_that_was_only_locked_was_never_left(ledger):
    with ledger.behind.begin() as connection:
        lock(ledger.behind, connection, "recipe:a")

    assert ledger.leases.left("recipe:", -LONG) == []
    assert ledger.leases.acquire("recipe:a", "worker", LONG) == 1


def test_who_holds_what_is_told_of_live_leases_alone(ledger):
    for name in ("worker:b", "worker:a", "worker:gone", "job:a"):
        ledger.leases.acquire(name, f"lanes of {name}", LONG)
    expire(ledger, "worker:gone")

    assert ledger.leases.holders("worker:") == [
        ("worker:a", "lanes of worker:a"),
        ("worker:b", "lanes of worker:b"),
    ]
