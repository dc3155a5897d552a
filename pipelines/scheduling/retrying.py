"""Decide what becomes of a job that could not be done: a retry, held for an operator, or failed.

This module does no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipelines.domain.errors import Crashed, FootageError, Internal, Killed, Transient

ATTEMPTS = 5  # the first, and four retries of a transient failure
MOST_DEATHS = 2  # deaths of a worker or of its child over one file, after which the file is held
FIRST_RETRY_SECONDS = 15.0
_FACTOR, _LONGEST_SECONDS = 4, 900.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision on a job that could not be done.

    `state`: its next state. `wait`: seconds before it may run again. `counted`: this was an attempt. `died`: a worker
    or its child died.
    """

    state: Literal["queued", "held", "failed"]
    wait: float = 0.0
    counted: bool = True
    died: bool = False


def verdict(error: FootageError, attempts: int, deaths: int, first: float, chance: float) -> Verdict:
    """Decide on a job that failed with `error`.

    `attempts`: those so far, this one included. `deaths`: those before it. `first`: seconds before the first retry.
    `chance`, from 0 to 1, spreads the retries of jobs that failed together.
    """
    if isinstance(error, Transient) and error.waits is not None:
        return Verdict("queued", error.waits * _spread(chance), counted=False)
    if isinstance(error, Internal):
        return Verdict("held")  # the same code fails the same way: an operator fixes it, then releases the job
    died = isinstance(error, Killed | Crashed)
    if died and deaths + 1 >= MOST_DEATHS:
        return Verdict("held", died=True)
    if isinstance(error, Transient) and attempts < ATTEMPTS:
        return Verdict("queued", delay(attempts, first, chance), died=died)
    return Verdict("failed", died=died)


def delay(attempts: int, first: float, chance: float) -> float:
    """Return the seconds before the next attempt: four times as long each time, up to a quarter of an hour.

    `chance`, from 0 to 1, scales them by 0.75 to 1.
    """
    grown: float = first * _FACTOR ** (attempts - 1)
    return min(grown, _LONGEST_SECONDS) * _spread(chance)


def _spread(chance: float) -> float:
    return 0.75 + chance / 4
