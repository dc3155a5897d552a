"""What breaks when: drawn from a seed, as data. Pure, so that a run that failed can be had again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

Kind = Literal["worker", "child", "sweeper", "queue", "store", "database", "cut", "slow", "disk"]
KILLS: tuple[Kind, ...] = ("worker", "child")
LASTING: tuple[Kind, ...] = ("sweeper", "queue", "store", "database", "cut", "slow", "disk")

# For how many seconds each is gone. A sweeper that was killed is missed until its lease has ended.
_AWAY: dict[Kind, tuple[float, float]] = {
    "sweeper": (0.0, 0.0),
    "queue": (1.0, 5.0),
    "store": (1.0, 5.0),
    "database": (1.0, 5.0),
    "cut": (3.0, 20.0),
    "slow": (5.0, 10.0),
    "disk": (5.0, 10.0),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """`at` and `seconds` from the run's beginning; `chance` from 0 to 1 chooses whom it hits."""

    at: float
    kind: Kind
    seconds: float
    chance: float


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each. `kills` are of a worker or of its child, whichever chance says."""

    kills: int = 60
    sweeper: int = 2
    queue: int = 6
    store: int = 6
    database: int = 4
    cut: int = 3
    slow: int = 2
    disk: int = 2
    longest: float = 20.0  # seconds that anything stays away


def schedule(seed: int, counts: Counts, duration: float) -> list[Fault]:
    """In order of time. Kills fall anywhere; what lasts has a slot of its own, so that much of it is seen alone."""
    random = Random(seed)
    lasting = [kind for kind in LASTING for _ in range(getattr(counts, kind))]
    random.shuffle(lasting)
    faults = [_lasting(random, kind, number, duration / len(lasting), counts) for number, kind in enumerate(lasting)]
    kills = [_kill(random, duration) for _ in range(counts.kills)]
    return sorted([*faults, *kills], key=lambda fault: fault.at)


def _kill(random: Random, duration: float) -> Fault:
    # Nobody is at work in the first moments.
    return Fault(random.uniform(duration / 8, duration), random.choice(KILLS), 0.0, random.random())


def _lasting(random: Random, kind: Kind, number: int, slot: float, counts: Counts) -> Fault:
    least, most = _AWAY[kind]
    seconds = random.uniform(min(least, counts.longest), min(most, counts.longest))
    return Fault((number + random.uniform(0, 0.5)) * slot, kind, seconds, random.random())


def numbers(faults: Sequence[Fault]) -> dict[str, int]:
    """How many of each kind, in the order of the first."""
    found: dict[str, int] = {}
    for fault in faults:
        found[fault.kind] = found.get(fault.kind, 0) + 1
    return found
