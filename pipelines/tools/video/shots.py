"""Where one shot becomes another, seen on tiny frames at the film's full rate: cuts, dissolves, fades through black.

A hand shakes and pans, a lamp flashes, a welder's arc dazzles: none of that is a boundary. So pictures are compared
block by block where they fit best, a cut must stand out from the frames around it and must not go back on itself, and
a dissolve must look like what it is, a mixture of two pictures that have nothing in common.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

Tiny = NDArray[np.uint8]

_WIDTH, _HEIGHT = 32, 18  # of what is compared
_BLOCK, _REACH = (4, 3), 2  # pixels a block is wide and high; how far it may have moved
# Mean differences a channel, of 255, see docs/highlights.md.
_CUT, _STANDS_OUT = 20.0, 2.0  # what a cut is at least; how many times what is around it
_AROUND = 4  # frames on either side
_FLASH = Fraction(2, 15)  # seconds that a flash may last
_RETURNS = 0.45  # of the cut's own difference: nearer than that, the picture is back
_HALVES = (Fraction(1, 6), Fraction(1, 3), Fraction(7, 15))  # seconds: half of what a dissolve may last
_APART, _ALIKE, _UNMIXED = 25.0, 0.65, 0.35  # its ends: difference at least, correlation at most; what mixing leaves
_MIXING_EVERY = 2  # frames
_RISES = ((0.05, 0.45), (0.3, 0.7), (0.55, 0.95))  # how far the mixture is at a quarter, a half and three quarters
_BLACK, _PLAIN = 24.0, 14.0  # mean and deviation under which nothing is to be seen
_SHORTEST = Fraction(1, 2)  # seconds; a shot is no shorter


@dataclass(slots=True)
class ShotDetector:
    """Takes tiny bgr24 frames in order; `found`: the first frame of each new shot, and those of the transition to it.

    Of a dissolve or a fade that is the middle, from about where to where it lasts; of a cut the same frame twice.
    """

    rate: Fraction
    found: list[tuple[int, int, int]] = field(default_factory=list)
    _halves: tuple[int, ...] = ()
    _reach: int = 0  # frames on either side of the one that is judged
    _near: deque[Tiny] = field(default_factory=deque)
    _steps: deque[float] = field(default_factory=deque)  # from the frame before to this one, whatever has moved
    _seen: int = 0
    _black_since: int | None = None
    _mixed: tuple[float, int, int] | None = None  # the best middle of a dissolve: what is left, frame, half its length

    def __post_init__(self) -> None:
        self._halves = tuple(max(1, round(half * self.rate)) for half in _HALVES)
        self._reach = max(_AROUND, *self._halves)

    def see(self, frame: Tiny) -> None:
        """The next frame, of any size."""
        small = np.asarray(cv2.resize(frame, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
        self._steps.append(_apart(self._near[-1], small) if self._near else 0.0)
        self._near.append(small)
        self._seen += 1
        if len(self._near) > 2 * self._reach + 1:
            self._near.popleft()
            self._steps.popleft()
        if self._seen > self._reach:
            self._judge(min(self._reach, len(self._near) - self._reach - 1))

    def close(self) -> None:
        """There are no more: what stands at the end stands on."""
        if self._near:
            last, seen = self._near[-1], self._seen
            for _ in range(self._reach):
                self.see(last)
            self.found = [(at, first, min(last, seen)) for at, first, last in self.found if at < seen]

    def _judge(self, place: int) -> None:
        """The frame at this place of those near, with all that come after it."""
        number = self._seen - 1 - (len(self._near) - 1 - place)
        self._watch_black(self._near[place], number)
        if self._is_cut(place):
            self._found(number, 0)
        if number % _MIXING_EVERY == 0:
            self._watch_mixing(place, number)

    def _found(self, number: int, half: int) -> None:
        if not self.found or number - self.found[-1][0] >= self.rate * _SHORTEST:
            self.found.append((number, max(0, number - half), number + half))

    def _watch_black(self, frame: Tiny, number: int) -> None:
        if is_black(frame):
            self._black_since = number if self._black_since is None else self._black_since
        elif self._black_since is not None:
            if self._black_since > 0:
                self._found((self._black_since + number) // 2, (number - self._black_since) // 2 + self._halves[0])
            self._black_since = None

    def _is_cut(self, place: int) -> bool:
        step = self._steps[place]
        if place == 0 or step < _CUT or self._black_since is not None or is_black(self._near[place - 1]):
            return False
        moved = _moved(self._near[place - 1], self._near[place])
        around = [self._steps[n] for n in range(place - _AROUND, place + _AROUND + 1) if 0 < n < len(self._steps)]
        loudest = sorted(around)[-2] if len(around) > 1 else 0.0  # beside the cut itself
        if moved < _CUT or (moved < _STANDS_OUT * loudest and not self._outdoes(place, moved)):
            return False
        return not self._goes_back(place, moved)

    def _outdoes(self, place: int, moved: float) -> bool:
        """Whether it stands out once the frames around it are compared where they fit best, too."""
        nearby = range(max(1, place - _AROUND), min(len(self._near), place + _AROUND + 1))
        around = [_moved(self._near[n - 1], self._near[n]) for n in nearby if n != place]
        return moved >= _STANDS_OUT * max(around, default=0.0)

    def _goes_back(self, place: int, moved: float) -> bool:
        """A flash begins and ends: soon after it the picture is what it was before."""
        lasts = max(2, round(_FLASH * self.rate))
        spans = [(place - 1 - n, place + m) for n in range(lasts + 1) for m in range(lasts + 1 - n) if n or m]
        pairs = ((self._near[a], self._near[b]) for a, b in spans if a >= 0 and b < len(self._near))
        return any(_moved(before, after) < _RETURNS * moved for before, after in pairs)

    def _watch_mixing(self, place: int, number: int) -> None:
        """The frame of a row of them that is a mixture most plainly is the middle of the dissolve."""
        left = ((self._left_by_mixing(place, half), half) for half in self._halves if half <= place)
        best, half = min(left, default=(1.0, 0))
        if best < _UNMIXED and (self._mixed is None or best < self._mixed[0]):
            self._mixed = (best, number, half)
        elif self._mixed and best >= _UNMIXED and number - self._mixed[1] > self._halves[0]:
            self._found(*self._mixed[1:])
            self._mixed = None

    def _left_by_mixing(self, place: int, half: int) -> float:
        """What is left of this frame, of 1, once it is explained as a mixture of those before and after it."""
        first, last = self._near[place - half], self._near[place + half]
        apart = _apart(first, last)
        if apart < _APART or is_black(first) or is_black(last):
            return 1.0
        if _correlation(first, last) > _ALIKE:
            return 1.0
        quarter = half // 2
        mixed = [self._near[place + step] for step in (-quarter, 0, quarter)]
        parts, left = zip(*(_mixture(frame, first, last) for frame in mixed), strict=True)
        rises = all(low <= part <= high for part, (low, high) in zip(parts, _RISES, strict=True))
        return max(left) / apart if rises else 1.0


def is_black(frame: Tiny) -> bool:
    """Nothing to be seen on it."""
    mean, deviation = cv2.meanStdDev(frame)
    return float(mean.max()) < _BLACK and float(deviation.max()) < _PLAIN


def _apart(first: Tiny, second: Tiny) -> float:
    """Mean difference a channel."""
    return float(cv2.norm(first, second, cv2.NORM_L1)) / first.size


def _moved(first: Tiny, second: Tiny) -> float:
    """Mean difference a channel, each block compared where it fits best."""
    reach, (wide, high) = _REACH, _BLOCK
    padded = np.pad(first, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    shifts = [(y, x) for y in range(2 * reach + 1) for x in range(2 * reach + 1)]
    apart = [cv2.absdiff(padded[y : y + _HEIGHT, x : x + _WIDTH], second).sum(axis=2) for y, x in shifts]
    blocks = np.stack(apart).reshape(len(shifts), _HEIGHT // high, high, _WIDTH // wide, wide).mean(axis=(2, 4))
    return float(blocks.min(axis=0).mean()) / 3


def _mixture(frame: Tiny, first: Tiny, last: Tiny) -> tuple[float, float]:
    """How far it is from the first to the last, of 1, and the mean difference that this leaves unexplained."""
    before, middle, after = (np.asarray(picture, np.float32) for picture in (first, frame, last))
    way = after - before
    part = float((way * (middle - before)).sum() / (way * way).sum())
    return part, float(np.abs(middle - before - part * way).mean())


def _correlation(first: Tiny, second: Tiny) -> float:
    """Of their greys: 1 for the same picture in another light."""
    greys = [grey - grey.mean() for grey in (first.mean(axis=2), second.mean(axis=2))]
    energy = float(np.sqrt((greys[0] ** 2).sum() * (greys[1] ** 2).sum()))
    return float((greys[0] * greys[1]).sum()) / energy if energy else 1.0
