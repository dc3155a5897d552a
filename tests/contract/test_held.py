"""A lease that is held is only relied on for as long as the ledger has promised it."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import update

from pipelines.scheduling.leases import LEASE_SECONDS, Lease, leased
from storage.leases import LeaseLost
from storage.schema import leases


def asleep(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """As if this machine had been stopped for so long, the thread that keeps the lease with it."""
    clock = time.clock_gettime
    monkeypatch.setattr(time, "clock_gettime", lambda which: clock(which) + seconds)


def until_lost(lease: Lease) -> None:
    """Ask until it is known to be lost: the next look comes within a second."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        lease.check()
        time.sleep(0.01)


def test_after_a_sleep_the_ledger_is_asked_whether_it_is_still_ours(ledger, monkeypatch):
    with leased(ledger.leases, "job:a", "me") as lease:
        lease.check()
        asleep(monkeypatch, LEASE_SECONDS)
        lease.check()  # nobody has taken it meanwhile

        with ledger.behind.begin() as connection:
            connection.execute(update(leases).where(leases.c.name == "job:a").values(token=99))
        with pytest.raises(LeaseLost):
            lease.check()


def test_without_a_sleep_nothing_is_asked_until_the_next_look(ledger):
    with leased(ledger.leases, "job:b", "me") as lease:
        with ledger.behind.begin() as connection:
            connection.execute(update(leases).where(leases.c.name == "job:b").values(token=99))

        lease.check()  # as far as we know
        with pytest.raises(LeaseLost):
            lease.fence()

        with pytest.raises(LeaseLost):
            until_lost(lease)
