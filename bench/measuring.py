"""Sides of a comparison, alternating in one run, the median of each: absolute times on a shared machine mean little."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds: of the CPU, ours and our children's, and on the wall."""

    cpu: float
    wall: float


def cost_of(work: Callable[[int], object], number: int) -> Cost:
    """What this call costs."""
    before, began = _cpu(), time.monotonic()
    work(number)
    return Cost(_cpu() - before, time.monotonic() - began)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def alternating(sides: Mapping[str, Callable[[int], object]], rounds: int) -> dict[str, Cost]:
    """The median cost of each side, told as it comes. A side gets the number of its round."""
    costs: dict[str, list[Cost]] = {side: [] for side in sides}
    for number in range(rounds):
        for side, work in sides.items():
            cost = cost_of(work, number)
            costs[side].append(cost)
            # A long bench that is cut off has not measured nothing.
            print(f"round {number + 1}: {side}: CPU {cost.cpu:.2f} s, wall {cost.wall:.2f} s", file=sys.stderr)
    return {side: _told(side, found) for side, found in costs.items()}


def _told(side: str, found: list[Cost]) -> Cost:
    middle = Cost(median(cost.cpu for cost in found), median(cost.wall for cost in found))
    each = ", ".join(f"{cost.cpu:.2f}" for cost in found[:7])
    costs = f"CPU {middle.cpu:7.2f} s   wall {middle.wall:7.2f} s"
    print(f"{side:<24} {costs}   (median of {len(found)}: {each})", flush=True)
    return middle
