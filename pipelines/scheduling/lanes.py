"""The lanes, and the wake-ups that tell their workers that there is work. Which job is next is the ledger's to say."""

from __future__ import annotations

from typing import Protocol

AWAY = 1 << 30  # wake-ups; what a broker that can't be asked says is pending: more than anyone could want
LANES = ("urgent", "photo", "video", "bulk")  # a worker of several takes the first one's jobs first


class Waker(Protocol):
    """Wakes the workers of a lane. Wake-ups may come twice, late or never: the sweeper makes up for lost ones.

    Neither method raises.
    """

    def wake(self, lane: str) -> None:
        """Wake one worker of this lane: it takes up the lane's next job, whichever the ledger says that is."""

    def pending(self, lane: str) -> int:
        """Count the wake-ups of this lane that no worker has taken; AWAY where the broker is."""


class NoWaker:
    """The waker of a process that runs its jobs itself."""

    def wake(self, lane: str) -> None:
        """Wake no one."""

    def pending(self, lane: str) -> int:  # noqa: ARG002 - the same for every lane
        return 0
