"""Find the stretches of a film that show the same scene, by the colours of their pictures' parts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from pipelines.domain.model import Analysis

_LONGEST = Fraction(10)  # seconds of a stretch; in one long shot a camera may move from one scene to another
_SAME = 1.2  # mean colour difference, of 15, up to which two stretches show the same scene
_MOST = 100  # scenes that are told apart: each stretch is compared with all of them

Colours = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Scenes:
    """The scenes of a film, stretch by stretch.

    `starts`: when each stretch begins, in ticks of 1/`rate` second (whole numbers compare fast), rising, the first one
    0. `numbers`: the scene that it shows.
    """

    rate: int
    starts: tuple[int, ...]
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, analysis: Analysis) -> Scenes:
        """Return the scenes of an analysis, numbered from 0 in the order of their first appearance."""
        length = len(analysis.samples) * analysis.step
        starts = _starts(analysis.shots, length)
        known: list[Colours] = []
        numbers = []
        for start, end in zip(starts, [*starts[1:], length], strict=True):
            colours = _mean(analysis, start, end)
            apart = [_apart(colours, other) for other in known]
            nearest = min(range(len(known)), key=apart.__getitem__, default=0)
            if not known or (apart[nearest] > _SAME and len(known) < _MOST):
                nearest = len(known)
                known.append(colours)
            numbers.append(nearest)
        rate = lcm(*(start.denominator for start in starts))
        return cls(rate, tuple(int(start * rate) for start in starts), tuple(numbers))

    def at(self, time: Fraction) -> int:
        """Return the number of the scene shown at `time`."""
        tick = time.numerator * self.rate // time.denominator
        return self.numbers[max(0, bisect_right(self.starts, tick) - 1)]


def _starts(shots: Sequence[Fraction], length: Fraction) -> list[Fraction]:
    """Return the start of each stretch: each shot, divided into equal parts of at most `_LONGEST`."""
    starts: list[Fraction] = []
    for start, end in zip([Fraction(0), *shots], [*shots, length], strict=True):
        pieces = max(1, -(-(end - start) // _LONGEST))
        starts += [start + n * (end - start) / pieces for n in range(int(pieces))]
    return starts


def _mean(analysis: Analysis, start: Fraction, end: Fraction) -> Colours:
    """Return the mean colours of the samples from `start` to `end`."""
    first = min(len(analysis.samples) - 1, int(start / analysis.step))
    last = max(first + 1, int(end / analysis.step))
    looks = [[int(digit, 16) for digit in sample.colours] for sample in analysis.samples[first:last]]
    return tuple(sum(part) / len(looks) for part in zip(*looks, strict=True))


def _apart(first: Colours, second: Colours) -> float:
    """Return the mean absolute difference of two sets of colours, 0 to 15."""
    return sum(abs(a - b) for a, b in zip(first, second, strict=True)) / max(1, len(first))
