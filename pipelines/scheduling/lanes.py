"""Define the lanes and the wakers that tell their workers that there is work; the ledger says which job is next."""

from __future__ import annotations

from typing import Protocol

AWAY = 1 << 30  # pending wake-ups of a broker that can't be reached: so many that no more are sent
LANES = ("urgent", "photo", "video", "bulk")  # a worker of several lanes takes the jobs of the first one first


class Waker(Protocol):
    """A sender of wake-ups to the workers of a lane.

    Wake-ups may arrive twice, late or never; the sweeper makes up for lost ones. Neither method raises.
    """

    def wake(self, lane: str) -> None:
        """Wake one worker of this lane, which takes up the job that the ledger gives as the lane's next."""

    def pending(self, lane: str) -> int:
        """Count the wake-ups of this lane that no worker has taken; AWAY where the broker can't be reached."""


class NoWaker:
    """The waker of a process that runs its jobs itself."""

    def wake(self, lane: str) -> None:
        """Send nothing."""

    def pending(self, lane: str) -> int:  # noqa: ARG002 - the same for every lane
        """Return 0."""
        return 0
