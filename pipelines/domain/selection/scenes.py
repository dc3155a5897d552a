"""Which stretches of a film show the same scene, by the colours of their pictures' parts. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipelines.domain.model import Analysis

_LONGEST = Fraction(10)  # seconds; in one long shot a camera gets from one scene to another
_SAME = 1.2  # of 15: the mean difference of two scenes' colours under which they are one
_MOST = 100  # scenes that are told apart; each stretch is compared with all of them

Colours = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Scenes:
    """`starts`: when each stretch begins, rising, the first one 0; `numbers`: which scene it shows."""

    starts: tuple[Fraction, ...]
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, analysis: Analysis) -> Scenes:
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
        return cls(tuple(starts), tuple(numbers))

    def at(self, time: Fraction) -> int:
        """The scene shown at `time`."""
        return self.numbers[max(0, bisect_right(self.starts, time) - 1)]


def _starts(shots: Sequence[Fraction], length: Fraction) -> list[Fraction]:
    starts: list[Fraction] = []
    for start, end in zip([Fraction(0), *shots], [*shots, length], strict=True):
        pieces = max(1, -(-(end - start) // _LONGEST))
        starts += [start + n * (end - start) / pieces for n in range(int(pieces))]
    return starts


def _mean(analysis: Analysis, start: Fraction, end: Fraction) -> Colours:
    first = min(len(analysis.samples) - 1, int(start / analysis.step))
    last = max(first + 1, int(end / analysis.step))
    looks = [[int(digit, 16) for digit in sample.colours] for sample in analysis.samples[first:last]]
    return tuple(sum(part) / len(looks) for part in zip(*looks, strict=True))


def _apart(first: Colours, second: Colours) -> float:
    return sum(abs(a - b) for a, b in zip(first, second, strict=True)) / max(1, len(first))
