"""Leases kept alive while the work lasts, by a thread that depends on nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from pipelines.errors import Busy
from storage.ledger import LeaseLost, Ledger

LEASE_SECONDS = 15.0  # a dead worker's job is free again after this
_LOOK_SECONDS = 1.0  # a lease that was taken away (`footage cancel`) is noticed within this
_RENEW_EVERY = 4  # looks


class Held:
    """A lease, kept by a thread of its own until it is given back. `check` raises LeaseLost."""

    def __init__(self, ledger: Ledger, name: str, token: int) -> None:
        self._ledger, self.name, self.token = ledger, name, token
        self._done = threading.Event()
        self._lost: Exception | None = None
        self._thread = threading.Thread(target=self._keep, name=f"lease {name}", daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        deadline = time.monotonic() + LEASE_SECONDS
        for turn in count(1):
            if self._done.wait(_LOOK_SECONDS):
                return
            try:
                if turn % _RENEW_EVERY:
                    self._ledger.check(self.name, self.token)  # reading waits for no disk
                    continue
                self._ledger.renew(self.name, self.token, LEASE_SECONDS)
                deadline = time.monotonic() + LEASE_SECONDS
            except LeaseLost as error:
                self._lost = error
                return
            except Exception as error:  # noqa: BLE001 - an outage shorter than the lease is ridden out
                if time.monotonic() > deadline:
                    self._lost = error
                    return

    def check(self) -> None:
        """Cheap, asked while waiting for a child: raises LeaseLost once renewing has failed."""
        if self._lost:
            raise LeaseLost(f"{self.name}: could not be renewed") from self._lost

    def fence(self) -> None:
        """Asked of the ledger itself, before anything becomes visible."""
        self._ledger.check(self.name, self.token)

    def release(self) -> None:
        """Give it back; a lost lease is left alone."""
        self._done.set()
        self._thread.join()
        self._ledger.release(self.name, self.token)


@contextmanager
def held(ledger: Ledger, name: str, holder: str) -> Iterator[Held]:
    """The lease `name` for as long as the block runs. Raises Busy where another has it."""
    token = ledger.acquire(name, holder, LEASE_SECONDS)
    if token is None:
        raise Busy(f"{name} is held by another worker")
    lease = Held(ledger, name, token)
    try:
        yield lease
    finally:
        lease.release()
