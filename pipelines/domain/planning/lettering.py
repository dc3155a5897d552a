"""Plan which pictures of a publication are read for the words in them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

from pipelines.domain.model import PhotoPlan, Plan

_SECONDS_A_PICTURE = 8  # of film: reading one picture takes half a second of CPU, and making the film twice its length


def pictures_read(duration: Fraction, stills: int) -> int:
    """Return how many of a film's stills are read, so that reading takes at most a twentieth of the job's CPU."""
    return min(stills, max(1, int(duration / _SECONDS_A_PICTURE)))


def pictures_to_read(plan: Plan, stills: Sequence[Fraction]) -> tuple[tuple[str, Fraction | None], ...]:
    """Return the names of the pictures that are read, and the seconds of the master that they show.

    `stills`: the times of a film's stills, evenly chosen from where not all are read.
    """
    if isinstance(plan, PhotoPlan):
        return ((plan.outputs[0].name, None),) if plan.words else ()
    count = min(plan.words, len(stills))
    numbers = [ceil(Fraction(len(stills) * number, count)) for number in range(1, count + 1)]
    return tuple((f"still-{number}.jpg", stills[number - 1]) for number in numbers)
