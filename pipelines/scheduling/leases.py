"""Keep leases alive while the work lasts, each by a thread that depends on nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

from pipelines.domain.errors import Busy
from storage.base import StoreError, Unavailable
from storage.leases import LeaseLost, Leases

LEASE_SECONDS = 12.0  # a dead worker's job is free again after this
_LOOK_SECONDS = 1.0  # the loss of a lease that was taken away (`footage cancel`) is noticed within this time
_RENEW_EVERY = 4  # checks


def _now() -> float:
    """Return the seconds of a clock that runs on while the machine is suspended, because a lease does too."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Lease:
    """A lease kept alive by a thread of its own until it is released. `check` and `fence` raise LeaseLost."""

    def __init__(self, leases: Leases, name: str, token: int) -> None:
        self._leases, self.name, self.token = leases, name, token
        self._done = threading.Event()
        self._lost: Exception | None = None
        self._until = _now() + LEASE_SECONDS
        self._thread = threading.Thread(target=self._keep, name=f"lease {name}", daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        missed = False
        for turn in count(1):
            if self._done.wait(_LOOK_SECONDS):
                return
            try:
                if turn % _RENEW_EVERY and not missed:
                    self._leases.check(self.name, self.token)  # a read, unlike a renewal, waits for no disk
                    continue
                until = _now() + LEASE_SECONDS
                self._leases.renew(self.name, self.token, LEASE_SECONDS)
                self._until, missed = until, False
            except LeaseLost as error:
                self._lost = error
                return
            except Exception as error:  # noqa: BLE001 - an outage shorter than the lease is ridden out
                missed = True
                if _now() > self._until:
                    self._lost = error
                    return

    def check(self) -> None:
        """Raise LeaseLost once a renewal has failed. This is cheap, and called while waiting for a child."""
        if self._lost:
            raise LeaseLost(f"{self.name}: could not be renewed") from self._lost
        if _now() > self._until:
            self._ask()

    def _ask(self) -> None:
        """Ask the ledger about a lease that ran out while the machine, and the renewing thread, was suspended."""
        try:
            self.fence()
        except Unavailable as error:
            raise LeaseLost(f"{self.name}: it has run out, and nobody can be asked") from error

    def fence(self) -> None:
        """Ask the ledger itself for the lease, before anything becomes visible. Raises LeaseLost."""
        self._leases.check(self.name, self.token)

    def release(self, *, done: bool) -> None:
        """Give the lease back; a lost lease is left alone. `done`: nothing half finished is left behind."""
        self._done.set()
        self._thread.join()
        self._leases.release(self.name, self.token, done=done)


@contextmanager
def leased(leases: Leases, name: str, holder: str) -> Iterator[Lease]:
    """Hold the lease `name` for as long as the block runs. Raises Busy where another worker has it."""
    token = leases.acquire(name, holder, LEASE_SECONDS)
    if token is None:
        raise Busy(f"{name} is held by another worker")
    with renewed_lease(leases, name, token) as lease:
        yield lease


@contextmanager
def renewed_lease(leases: Leases, name: str, token: int) -> Iterator[Lease]:
    """Renew a lease that was acquired just now, for as long as the block runs."""
    lease = Lease(leases, name, token)
    done = False
    try:
        yield lease
        done = True
    finally:
        lease.release(done=done)


@contextmanager
def presence(leases: Leases, name: str, holder: str) -> Iterator[None]:
    """Hold a lease that only shows that its holder is alive; it is acquired again whenever it is lost."""
    over = threading.Event()

    def stand() -> None:
        while True:
            with suppress(StoreError, Busy), leased(leases, name, holder) as lease:
                while not over.wait(_LOOK_SECONDS):
                    lease.check()
            if over.wait(_LOOK_SECONDS):
                return

    thread = threading.Thread(target=stand, name=f"lease {name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
