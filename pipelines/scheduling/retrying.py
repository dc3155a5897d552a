"""What becomes of a job that could not be done: again later, held for a human, or failed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipelines.domain.errors import Crashed, FootageError, Internal, Killed, Transient

ATTEMPTS = 5  # the first, and four more where the failure may pass
MOST_DEATHS = 2  # a file over which a worker, or its child, was killed so often is held
FIRST_RETRY_SECONDS = 15.0
_FACTOR, _LONGEST_SECONDS = 4, 900.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The job's next state; `wait` in seconds before it may run again; whether this was an attempt, and a death."""

    state: Literal["queued", "held", "failed"]
    wait: float = 0.0
    counted: bool = True
    died: bool = False


def verdict(error: FootageError, attempts: int, deaths: int, first: float, chance: float) -> Verdict:
    """After so many attempts, this one included, and deaths before it.

    `first`: seconds before the first retry; `chance` from 0 to 1 spreads those that failed together.
    """
    if isinstance(error, Transient) and error.waits is not None:
        return Verdict("queued", error.waits * _spread(chance), counted=False)
    if isinstance(error, Internal):
        return Verdict("held")  # the same code fails the same way: an operator mends it and lets the job go on
    died = isinstance(error, Killed | Crashed)
    if died and deaths + 1 >= MOST_DEATHS:
        return Verdict("held", died=True)
    if isinstance(error, Transient) and attempts < ATTEMPTS:
        return Verdict("queued", delay(attempts, first, chance), died=died)
    return Verdict("failed", died=died)


def delay(attempts: int, first: float, chance: float) -> float:
    """Seconds before the next attempt after so many: four times as long each time, to a quarter of an hour."""
    grown: float = first * _FACTOR ** (attempts - 1)
    return min(grown, _LONGEST_SECONDS) * _spread(chance)


def _spread(chance: float) -> float:
    return 0.75 + chance / 4
