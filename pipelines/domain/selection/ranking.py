"""Rank each analysed moment within its own footage, and mark the moments that are spoilt.

Qualities are ranks, so that footage of a dim factory is judged against itself. The limits for spoilt moments are
absolute, because such a moment is of no use in any film.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, groupby
from math import ceil, sqrt

from pipelines.domain.model import Analysis, Sample, Span

_BLACK_LUMA, _BLACK_CONTRAST = 16.0, 10.0  # of 255; sensor noise in the dark stays under both
_COVERED_CONTRAST = 12.0  # of 255; a finger on the lens, fog
_POCKET_LUMA, _POCKET_SHARPNESS = 36.0, 60.0  # some light enters a pocket; a night scene with lamps has edges
_BLURRED = 25.0  # variance of the Laplacian; under it nothing has an edge
_SHAKEN = 4.0  # per cent of the width per frame; the camera of a walking presenter stays under 1
_FROZEN_MOTION = 0.02  # mean absolute difference, of 255; an encoded still picture stays under it
_FROZEN_FOR = Fraction(1)  # seconds; a camera on a tripod sees no movement for less than that
_DRAWN = 0.85  # of neighbours; footage of a plain wall, which a phone smooths, stays under 0.8
_PRESENTER = 0.12  # of the frame's height: the face of a presenter, not of a passer-by
_FACE = 0.3  # what a face adds to beauty; sharpness and exposure add up to 1 each
QUIET, _LOUD = -50.0, -14.0  # LKFS, momentary: a barely audible voice, and a shout


def is_black(sample: Sample) -> bool:
    """Tell whether the sample is dark and without contrast."""
    return sample.luma < _BLACK_LUMA and sample.contrast < _BLACK_CONTRAST


def is_frozen(sample: Sample) -> bool:
    """Tell whether the sample shows the same picture as the one before."""
    return sample.motion < _FROZEN_MOTION


def is_drawn(sample: Sample) -> bool:
    """Tell whether the sample is a slide, a title or another graphic."""
    return sample.drawn > _DRAWN


def is_dim(sample: Sample) -> bool:
    """Tell whether the sample shows hardly any light, as in a pocket or of a dark screen."""
    return sample.luma < _POCKET_LUMA and sample.sharpness < _POCKET_SHARPNESS


def is_covered(sample: Sample) -> bool:
    """Tell whether the sample is without contrast, as behind a finger or in fog."""
    return sample.contrast < _COVERED_CONTRAST


def is_blurred(sample: Sample) -> bool:
    """Tell whether nothing in the sample has an edge."""
    return sample.sharpness < _BLURRED


def is_shaken(sample: Sample) -> bool:
    """Tell whether the camera jerked."""
    return sample.shake > _SHAKEN


def is_spoilt(sample: Sample) -> bool:
    """Tell whether the sample is black, dim, covered, out of focus or badly shaken."""
    return any(fault(sample) for fault in (is_black, is_dim, is_covered, is_blurred, is_shaken))


def is_presenter(sample: Sample) -> bool:
    """Tell whether the sample has a face as large as a presenter's."""
    return sample.face >= _PRESENTER


@dataclass(frozen=True, slots=True)
class Ranks:
    """The qualities of every sample.

    All are 0 to 1, except `beauty`, which is 0 to 2.3. `spoilt` and `frozen` are 0 or 1. `motion`: of the subject, not
    of the camera. `talking`: a presenter's face and a voice. `people`: a face. `detail`: sharp, steady and without a
    face.
    """

    sharpness: Sequence[float]
    motion: Sequence[float]
    loudness: Sequence[float]
    talking: Sequence[float]
    people: Sequence[float]
    detail: Sequence[float]
    beauty: Sequence[float]
    spoilt: Sequence[int]
    frozen: Sequence[int]

    @classmethod
    def of(cls, analysis: Analysis) -> Ranks:
        """Return the qualities of every sample of an analysis."""
        samples = analysis.samples
        sharpness = _ranked([s.sharpness for s in samples])
        motion, activity = _ranked([s.motion for s in samples]), _ranked([_activity(s) for s in samples])
        present = [min(1.0, s.face / _PRESENTER) for s in samples]
        return cls(
            sharpness=sharpness,
            motion=[move * (1 - min(1.0, s.shake / _SHAKEN)) for move, s in zip(motion, samples, strict=True)],
            loudness=[_audible(s.loudness) for s in samples],
            talking=[face * voice for face, voice in zip(present, _spoken(analysis), strict=True)],
            people=present,
            detail=[s**2 * (1 - moves) * (1 - f) for s, moves, f in zip(sharpness, activity, present, strict=True)],
            beauty=[sharp + _exposure(s) + _FACE * f for s, sharp, f in zip(samples, sharpness, present, strict=True)],
            spoilt=[int(is_spoilt(s)) for s in samples],
            frozen=_frozen(analysis),
        )


@dataclass(frozen=True, slots=True)
class Sums:
    """The prefix sums of the qualities, so that the mean of any stretch takes one step."""

    weights: tuple[tuple[str, float], ...]
    qualities: dict[str, Sequence[float]]

    @classmethod
    def of(cls, ranks: Ranks, weights: tuple[tuple[str, float], ...]) -> Sums:
        """Return the sums of the qualities that have a weight, and of `spoilt` and `frozen`."""
        wanted = tuple((name, weight) for name, weight in weights if weight)
        names = (*(name for name, _ in wanted), "spoilt", "frozen")
        return cls(wanted, {name: [*accumulate(getattr(ranks, name), initial=0.0)] for name in names})

    @property
    def samples(self) -> int:
        """Return the number of samples summed."""
        return len(self.qualities["spoilt"]) - 1

    def mean(self, quality: str, first: int, last: int) -> float:
        """Return the mean of a quality over the samples from `first` to `last`, `last` excluded."""
        up_to = self.qualities[quality]
        return (up_to[last] - up_to[first]) / (last - first)

    def worth(self, first: int, last: int) -> float:
        """Return the weighted worth of the samples from `first` to `last`, `last` excluded.

        The square root makes a little of each quality worth more than much of one: a presenter, then the thing shown.
        """
        return sum(weight * sqrt(max(0.0, self.mean(name, first, last))) for name, weight in self.weights)


def _ranked(values: Sequence[float]) -> list[float]:
    """Return for each value the share of values that are smaller, 0 to 1; equal values share their middle rank."""
    ordered = sorted(values)
    return [(bisect_left(ordered, value) + bisect_right(ordered, value)) / (2 * len(ordered)) for value in values]


def _activity(sample: Sample) -> float:
    """Return the motion, less for a sharper picture: a hand-held camera moves every edge a little."""
    return sample.motion / sqrt(sample.sharpness + _BLURRED)


def _audible(loudness: float) -> float:
    return min(1.0, max(0.0, (loudness - QUIET) / (_LOUD - QUIET)))


def _spoken(analysis: Analysis) -> Iterator[float]:
    """Yield the share of each sample's time that is speech."""
    step = analysis.step  # the time of one sample is the unit below
    never = Fraction(len(analysis.samples) + 1)
    spans = iter([*((start / step, end / step) for start, end in analysis.speech), (never, never)])
    start, end = next(spans)
    for n in range(len(analysis.samples)):
        spoken = 0.0
        while start < n + 1:
            spoken += max(0.0, float(min(end, Fraction(n + 1)) - max(start, Fraction(n))))
            if end > n + 1:
                break
            start, end = next(spans)
        yield spoken


def _frozen(analysis: Analysis) -> list[int]:
    """Return 1 for each sample that is drawn, or of a run that stands still for `_FROZEN_FOR` or longer; else 0."""
    least = _FROZEN_FOR / analysis.step
    marks: list[int] = []
    for still, run in groupby(analysis.samples, is_frozen):
        length = len([*run])
        marks += [int(still and length >= least)] * length
    return [mark | is_drawn(sample) for mark, sample in zip(marks, analysis.samples, strict=True)]


def _exposure(sample: Sample) -> float:
    """Return 1 for a mid-tone picture with contrast, towards 0 for a dark, overexposed or flat one."""
    return (1 - abs(sample.luma - 118) / 137) * min(1.0, sample.contrast / 40)


def is_near_shot(shots: Sequence[Fraction], time: Fraction, margin: Fraction) -> bool:
    """Tell whether a shot boundary is at most `margin` seconds from `time`."""
    following = bisect_left(shots, time - margin)
    return following < len(shots) and shots[following] <= time + margin


def is_on_shot(analysis: Analysis, time: Fraction) -> bool:
    """Tell whether a shot begins at `time`, to a quarter of a sample."""
    return is_near_shot(analysis.shots, time, analysis.step / 4)


def covering(analysis: Analysis, start: Fraction, end: Fraction) -> tuple[int, int]:
    """Return the range of samples, first and past the last, that covers `start` to `end` in seconds.

    A sample stands for the time until the next one, but not beyond a shot boundary.
    """
    first = telling_from(analysis, start)
    return first, max(first + 1, telling_until(analysis, end))


def telling_from(analysis: Analysis, start: Fraction) -> int:
    """Return the index of the first sample that stands for any time from `start` on."""
    first = ceil(start / analysis.step) if is_on_shot(analysis, start) else int(start / analysis.step)
    return min(first, len(analysis.samples) - 1)


def telling_until(analysis: Analysis, end: Fraction) -> int:
    """Return the index past the last sample that stands for any time before `end`."""
    return min(len(analysis.samples), ceil(end / analysis.step))


def index_at(analysis: Analysis, time: Fraction) -> int:
    """Return the index of the sample nearest to `time`."""
    return min(len(analysis.samples) - 1, round(time / analysis.step))


def held_to(analysis: Analysis, duration: Fraction) -> Analysis:
    """Return the analysis extended to `duration` seconds by repeating its last sample without motion.

    The plan holds a master's last picture while the sound is longer.
    """
    missing = ceil(duration / analysis.step) - len(analysis.samples)
    standing = replace(analysis.samples[-1], motion=0.0)
    return replace(analysis, samples=(*analysis.samples, *[standing] * missing))


def within(spans: Sequence[Span], time: Fraction) -> bool:
    """Tell whether `time` lies inside one of the spans, which are rising; the ends of a span are outside."""
    before = bisect_left(spans, (time, Fraction(0))) - 1 if spans else -1
    return before >= 0 and time < spans[before][1]
