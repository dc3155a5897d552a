"""How good each analysed moment is, judged against its own footage. Pure.

A first scoring, meant to be deepened: ranks, because a dim factory is judged against itself.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from math import ceil

from pipelines.model import Analysis, Editing, Sample

_BLACK_LUMA, _BLACK_CONTRAST = 16.0, 10.0  # of 255: sensor noise in the dark stays under both
_FROZEN_MOTION = 0.02  # mean absolute difference; an encoded still picture stays under it
QUIET, _LOUD = -50.0, -14.0  # LKFS, momentary: where a voice begins to be heard, and a shout


def is_black(sample: Sample) -> bool:
    """Nothing to see: dark and without contrast."""
    return sample.luma < _BLACK_LUMA and sample.contrast < _BLACK_CONTRAST


def is_frozen(sample: Sample) -> bool:
    """The same picture as the one before."""
    return sample.motion < _FROZEN_MOTION


@dataclass(frozen=True, slots=True)
class Ranks:
    """Every quality of every sample between 0 and 1, and sums up to each sample so that any mean is one step."""

    sharpness: Sequence[float]
    motion: Sequence[float]
    loudness: Sequence[float]
    beauty: Sequence[float]
    worth_up_to: Sequence[float]
    black_up_to: Sequence[int]

    @classmethod
    def of(cls, analysis: Analysis, editing: Editing) -> Ranks:
        samples = analysis.samples
        weights = dict(editing.weights)
        sharpness = _ranked([s.sharpness for s in samples])
        motion = _ranked([s.motion for s in samples])
        loudness = [_audible(s.loudness) for s in samples]
        worth = [
            weights["sharpness"] * sharp + weights["motion"] * move + weights["loudness"] * loud - _penalty(s)
            for s, sharp, move, loud in zip(samples, sharpness, motion, loudness, strict=True)
        ]
        beauty = [sharp + _exposure(s) for s, sharp in zip(samples, sharpness, strict=True)]
        black = [int(is_black(s)) for s in samples]
        return cls(sharpness, motion, loudness, beauty, _sums(worth), list(accumulate(black, initial=0)))


def _sums(values: Iterable[float]) -> list[float]:
    return list(accumulate(values, initial=0.0))


def _ranked(values: Sequence[float]) -> list[float]:
    """Each value's share of those that are smaller, 0 to 1; equals stand in the middle of their place."""
    ordered = sorted(values)
    return [(bisect_left(ordered, value) + bisect_right(ordered, value)) / (2 * len(ordered)) for value in values]


def _audible(loudness: float) -> float:
    return min(1.0, max(0.0, (loudness - QUIET) / (_LOUD - QUIET)))


def _penalty(sample: Sample) -> float:
    return 4.0 if is_black(sample) else 1.0 if is_frozen(sample) else 0.0


def _exposure(sample: Sample) -> float:
    """1 for a mid-tone picture with contrast, towards 0 for a dark, burnt out or flat one."""
    return (1 - abs(sample.luma - 118) / 137) * min(1.0, sample.contrast / 40)


def shots_near(shots: Sequence[Fraction], time: Fraction, margin: Fraction) -> Sequence[Fraction]:
    """The shot boundaries no further than `margin` seconds from `time`."""
    return shots[bisect_left(shots, time - margin) : bisect_right(shots, time + margin)]


def index_at(analysis: Analysis, time: Fraction) -> int:
    """The sample shown at `time`."""
    return min(len(analysis.samples) - 1, round(time / analysis.step))


def held_to(analysis: Analysis, duration: Fraction) -> Analysis:
    """The analysis of a master whose last picture stands until `duration`, as the plan holds it under long sound."""
    missing = ceil(duration / analysis.step) - len(analysis.samples)
    standing = replace(analysis.samples[-1], motion=0.0)
    return replace(analysis, samples=(*analysis.samples, *[standing] * missing))
