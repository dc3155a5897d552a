"""Find stretches of a film in which a picture is made of two of one scene, or is being built up.

Shots that differ are :mod:`pipelines.tools.video.shots`' task. Where an editor softens a jump cut, most of the picture
stays as it is, and a person is seen twice, half transparent. Where the pictures before and after differ, a mixture lies
between them, everywhere by the same share; whatever moves is at one place or the other. On a slide, what is written
stays, and nothing else moves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.domain.model import Span

Grey = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_SIZE = (160, 90)  # pixels of the pictures compared
_HALVES = (Fraction(1, 5), Fraction(2, 5), Fraction(4, 5), Fraction(7, 5), Fraction(12, 5))  # seconds
_APART, _SAME = 24, 8  # of 255: where two pictures differ, and where they are the same
_THICK = np.ones((3, 3), np.uint8)  # whatever is thinner is the edge of a thing that moved a little
_LEAST = 0.008  # of the picture
_ALIKE, _SAME_SHARE = 0.2, 0.7  # of the way, how near to the median; of the pixels that differ
_BETWEEN = (0.12, 0.88)  # of the way, beyond which a picture is one of the two
_OF_LIGHT = 0.5  # of the difference, left once light is accounted for; below it, only the light has changed
_EVERY = 7  # pixels of which one is looked at, for the light
_WRITTEN, _PART = 0.002, 0.05  # of the picture: the least that is written; of that, the part that may be otherwise
_PAUSE, _SUPERIMPOSED = Fraction(2, 5), Fraction(10)  # seconds within one run; the longest between two of one pair


@dataclass(slots=True)
class Run:
    """Pictures that are mixtures, from number `first` to `last`; `before` and `after`: pictures that are none."""

    first: int
    last: int
    before: Grey
    after: Grey | None = None


@dataclass(slots=True)
class MixtureDetector:
    """A detector on grey pictures, given in order, `rate` a second."""

    rate: Fraction
    _runs: list[Run] = field(default_factory=list)
    _built: list[int] = field(default_factory=list)
    _near: deque[Grey] = field(default_factory=deque)
    _seen: int = 0
    _halves: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self._halves = tuple(sorted({max(1, round(half * self.rate)) for half in _HALVES}))

    def see(self, grey: Grey) -> None:
        """Take the next picture, of any size."""
        self._near.append(np.asarray(cv2.resize(grey, _SIZE, interpolation=cv2.INTER_AREA), np.uint8))
        self._seen += 1
        if len(self._near) > 2 * self._halves[-1] + 1:
            self._near.popleft()
        self._judge(len(self._near) - 1 - self._halves[-1])

    def close(self) -> None:
        """Judge the last pictures, which have few after them."""
        for place in range(max(0, len(self._near) - self._halves[-1]), len(self._near)):
            self._judge(place)

    def spans(self) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """Return the stretches with pictures made of two, and those in which one is built up; in seconds."""
        return self._spans(_joined(self._runs, self.rate)), self._spans([(n, n) for n in self._built])

    def _spans(self, runs: list[tuple[int, int]]) -> tuple[Span, ...]:
        """Return the runs in seconds, with a step on either side."""
        return merged((max(Fraction(0), (first - 1) / self.rate), (last + 1) / self.rate) for first, last in runs)

    def _judge(self, place: int) -> None:
        if place < 0:
            return
        number, middle = self._seen - len(self._near) + place, self._near[place]
        reach = min(place, len(self._near) - 1 - place)
        around = [(self._near[place - half], self._near[place + half]) for half in self._halves if half <= reach]
        if any(is_mixture(before, middle, after) for before, after in around):
            self._mixed(number, self._near[max(0, place - 2)])
        elif self._runs and self._runs[-1].after is None and number - self._runs[-1].last > _PAUSE * self.rate:
            self._runs[-1].after = middle
        if any(is_built(before, middle, after) for before, after in around):
            self._built.append(number)

    def _mixed(self, number: int, before: Grey) -> None:
        if self._runs and self._runs[-1].after is None:
            self._runs[-1].last = number
        else:
            self._runs.append(Run(number, number, before))


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans, rising; those that meet are one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return tuple(found)


def is_mixture(before: Grey, middle: Grey, after: Grey) -> bool:
    """Tell whether the middle picture mixes the two around it, by one share wherever they differ."""
    way, differ = _difference(before, after)
    if not differ.any():
        return False
    shares = cv2.subtract(middle, before, dtype=cv2.CV_16S)[differ] / way[differ]
    share = float(np.median(shares))
    if not _BETWEEN[0] < share < _BETWEEN[1] or float((np.abs(shares - share) < _ALIKE).mean()) < _SAME_SHARE:
        return False
    return not _is_light(before, after, way, differ)


def _difference(before: Grey, after: Grey) -> tuple[NDArray[np.int16], Mask]:
    """Return the difference of two pictures, and where it is plain; nowhere, where it is plain hardly anywhere."""
    way = np.asarray(cv2.subtract(after, before, dtype=cv2.CV_16S), np.int16)
    apart = (np.abs(way) >= _APART).astype(np.uint8)
    least = _LEAST * apart.size
    if cv2.countNonZero(apart) >= least:
        apart = np.asarray(cv2.morphologyEx(apart, cv2.MORPH_OPEN, _THICK), np.uint8)
    return way, apart.astype(bool) & (cv2.countNonZero(apart) >= least)


def _is_light(before: Grey, after: Grey, way: NDArray[np.int16], differ: Mask) -> bool:
    """Tell whether another exposure explains most of the difference."""
    first, last = (picture.ravel()[::_EVERY].astype(np.float32) for picture in (before, after))
    spread = float(first.var())
    gain = float(((first - first.mean()) * (last - last.mean())).mean()) / spread if spread else 1.0
    left = after - (before * gain + (last.mean() - gain * first.mean()))
    return float(np.abs(left[differ]).mean()) < _OF_LIGHT * float(np.abs(way[differ]).mean())


def is_built(before: Grey, middle: Grey, after: Grey) -> bool:
    """Tell whether the middle picture has a part of what is written on the one after it, and nothing else has changed.

    Ink is all darker or all lighter than what it is written on. A thing that moves covers one side and bares the other.
    """
    way = np.asarray(cv2.subtract(after, before, dtype=cv2.CV_16S), np.int16)
    inked = max((way >= _APART, way <= -_APART), key=np.count_nonzero)
    count = np.count_nonzero(inked)
    if count < _WRITTEN * inked.size:
        return False
    old, there = (cv2.absdiff(middle, picture) <= _SAME for picture in (before, after))
    least = _PART * count
    otherwise = np.count_nonzero(~old & ~there) + np.count_nonzero((np.abs(way) >= _APART) & ~inked)
    return bool(
        otherwise < least and np.count_nonzero(inked & old) >= least and np.count_nonzero(inked & there) >= least
    )


def _joined(runs: list[Run], rate: Fraction) -> list[tuple[int, int]]:
    """Return where runs begin and end; two are one where the picture between them is superimposed."""
    joined: list[tuple[Run, int, int]] = []
    for run in runs:
        if joined and run.first - joined[-1][2] <= _SUPERIMPOSED * rate and _is_superimposed(joined[-1][0], run):
            joined[-1] = (run, joined[-1][1], run.last)
        else:
            joined.append((run, run.first, run.last))
    return [(first, last) for _, first, last in joined]


def _is_superimposed(before: Run, after: Run) -> bool:
    """Tell whether what is between two mixtures is one, too: of what is around them, or laid over it for a while."""
    if before.after is None or after.after is None:
        return False
    if is_mixture(before.before, before.after, after.after):
        return True
    laid, left = (_difference(before.before, picture)[1] for picture in (before.after, after.after))
    return bool(np.count_nonzero(left) * 3 < np.count_nonzero(laid))
