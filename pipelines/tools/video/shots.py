"""Detect shot boundaries on tiny frames at the film's full rate: cuts, dissolves, fades through black.

A hand shakes and pans, a lamp flashes, a welder's arc dazzles: none of these is a boundary. So pictures are compared
block by block where they fit best. A cut must stand out from the frames around it and must not go back on itself. A
dissolve must be a mixture of two pictures that have nothing in common.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

Tiny = NDArray[np.uint8]

_WIDTH, _HEIGHT = 32, 18  # pixels of the frames that are compared
_BLOCK, _REACH = (4, 3), 2  # pixels a block is wide and high; how far it may have moved
# Mean differences a channel, of 255, see docs/highlights.md.
_CUT, _STANDS_OUT = 20.0, 2.0  # the least difference of a cut; how many times that of the frames around it
_AROUND = 4  # frames on either side
_FLASH = Fraction(2, 15)  # seconds that a flash may last
_RETURNS = 0.45  # of the cut's own difference; nearer than that, the picture is back
_HALVES = (Fraction(1, 6), Fraction(1, 3), Fraction(7, 15))  # seconds: half the length of a dissolve
_APART, _ALIKE, _UNMIXED = 25.0, 0.65, 0.35  # its ends: least difference, most correlation; most unexplained
_MIXING_EVERY = 2  # frames
_RISES = ((0.05, 0.45), (0.3, 0.7), (0.55, 0.95))  # how far the mixture is at a quarter, a half and three quarters
_BLACK, _PLAIN = 24.0, 14.0  # mean and deviation below which a frame is black
_SHORTEST = Fraction(1, 2)  # seconds; the least length of a shot


@dataclass(slots=True)
class ShotDetector:
    """A detector of shots on tiny bgr24 frames, given in order.

    `found`: the first frame of each new shot, and the first and last frame of the transition to it. For a dissolve or a
    fade these are its middle and about where it begins and ends. For a cut, all three are the same frame.
    """

    rate: Fraction
    found: list[tuple[int, int, int]] = field(default_factory=list)
    _halves: tuple[int, ...] = ()
    _reach: int = 0  # frames on either side of the judged one
    _near: deque[Tiny] = field(default_factory=deque)
    _steps: deque[float] = field(default_factory=deque)  # differences from the frame before, movement included
    _seen: int = 0
    _black_since: int | None = None
    _mixed: tuple[float, int, int] | None = None  # best middle of a dissolve: unexplained share, frame, half the length

    def __post_init__(self) -> None:
        self._halves = tuple(max(1, round(half * self.rate)) for half in _HALVES)
        self._reach = max(_AROUND, *self._halves)

    def see(self, frame: Tiny) -> None:
        """Take the next frame, of any size."""
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
        """End the detection after the last frame, as if that frame stood still."""
        if self._near:
            last, seen = self._near[-1], self._seen
            for _ in range(self._reach):
                self.see(last)
            self.found = [(at, first, min(last, seen)) for at, first, last in self.found if at < seen]

    def _judge(self, place: int) -> None:
        """Judge the frame at this place of those near, with all that come after it."""
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
        loudest = sorted(around)[-2] if len(around) > 1 else 0.0  # besides the cut itself
        if moved < _CUT or (moved < _STANDS_OUT * loudest and not self._outdoes(place, moved)):
            return False
        return not self._goes_back(place, moved)

    def _outdoes(self, place: int, moved: float) -> bool:
        """Tell whether the frame stands out once those around it are compared where they fit best, too."""
        nearby = range(max(1, place - _AROUND), min(len(self._near), place + _AROUND + 1))
        around = [_moved(self._near[n - 1], self._near[n]) for n in nearby if n != place]
        return moved >= _STANDS_OUT * max(around, default=0.0)

    def _goes_back(self, place: int, moved: float) -> bool:
        """Tell whether the picture soon is what it was before: a flash begins and ends."""
        lasts = max(2, round(_FLASH * self.rate))
        spans = [(place - 1 - n, place + m) for n in range(lasts + 1) for m in range(lasts + 1 - n) if n or m]
        pairs = ((self._near[a], self._near[b]) for a, b in spans if a >= 0 and b < len(self._near))
        return any(_moved(before, after) < _RETURNS * moved for before, after in pairs)

    def _watch_mixing(self, place: int, number: int) -> None:
        """Report the middle of a dissolve: in a row of frames, the one that is a mixture most plainly."""
        left = ((self._left_by_mixing(place, half), half) for half in self._halves if half <= place)
        best, half = min(left, default=(1.0, 0))
        if best < _UNMIXED and (self._mixed is None or best < self._mixed[0]):
            self._mixed = (best, number, half)
        elif self._mixed and best >= _UNMIXED and number - self._mixed[1] > self._halves[0]:
            self._found(*self._mixed[1:])
            self._mixed = None

    def _left_by_mixing(self, place: int, half: int) -> float:
        """Return the share of this frame, of 1, that a mixture of those before and after it leaves unexplained."""
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
    """Tell whether the frame is black: dark and without detail."""
    mean, deviation = cv2.meanStdDev(frame)
    return float(mean.max()) < _BLACK and float(deviation.max()) < _PLAIN


def _apart(first: Tiny, second: Tiny) -> float:
    """Return the mean difference a channel, of 255."""
    return float(cv2.norm(first, second, cv2.NORM_L1)) / first.size


def _moved(first: Tiny, second: Tiny) -> float:
    """Return the mean difference a channel, of 255, each block compared where it fits best."""
    reach, (wide, high) = _REACH, _BLOCK
    padded = np.pad(first, ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    shifts = [(y, x) for y in range(2 * reach + 1) for x in range(2 * reach + 1)]
    apart = [cv2.absdiff(padded[y : y + _HEIGHT, x : x + _WIDTH], second).sum(axis=2) for y, x in shifts]
    blocks = np.stack(apart).reshape(len(shifts), _HEIGHT // high, high, _WIDTH // wide, wide).mean(axis=(2, 4))
    return float(blocks.min(axis=0).mean()) / 3


def _mixture(frame: Tiny, first: Tiny, last: Tiny) -> tuple[float, float]:
    """Return how far the frame is from `first` to `last`, of 1, and the mean difference left unexplained."""
    before, middle, after = (np.asarray(picture, np.float32) for picture in (first, frame, last))
    way = after - before
    part = float((way * (middle - before)).sum() / (way * way).sum())
    return part, float(np.abs(middle - before - part * way).mean())


def _correlation(first: Tiny, second: Tiny) -> float:
    """Return the correlation of the greys: 1 for the same picture in another light."""
    greys = [grey - grey.mean() for grey in (first.mean(axis=2), second.mean(axis=2))]
    energy = float(np.sqrt((greys[0] ** 2).sum() * (greys[1] ** 2).sum()))
    return float((greys[0] * greys[1]).sum()) / energy if energy else 1.0
