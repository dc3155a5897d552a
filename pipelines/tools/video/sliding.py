"""Find the edge of another picture that slides over a film, on tiny frames: hard wipes, panels, split screens.

Within a few frames, a band of the picture from one side to the other becomes new, and little of the rest does. The band
moves one way. A thing that passes close to the camera seldom has an edge as straight and as long as the picture.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Runs = list[tuple[int, int]]

_APART = Fraction(2, 15)  # seconds between the two frames compared
_EVERY = Fraction(1, 15)  # seconds between two comparisons
_NEW = 12  # of 255
_BAND, _REST = 0.8, 0.35  # shares that are new: of each line of a band, at least; of all other lines, at most
_THIN, _LEFT = 2, 3  # lines: of a band, at least; and left beside it
_STILL = 0.005  # of the picture; a band that moves less stands
_OFTEN = 3  # bands that follow each other


@dataclass(frozen=True, slots=True)
class Band:
    """A band of new lines: `axis` 0 for columns, 1 for rows; `middle`: a share of the picture."""

    axis: int
    middle: float
    width: float


@dataclass(slots=True)
class SlideDetector:
    """A detector on grey tiny frames, given in order, `rate` a second."""

    rate: Fraction
    _near: deque[Grey] = field(default_factory=deque)
    _seen: int = 0
    _found: list[list[tuple[int, Band]]] = field(default_factory=list)

    def see(self, grey: Grey) -> None:
        """Take the next frame."""
        apart, every = max(2, round(_APART * self.rate)), max(1, round(_EVERY * self.rate))
        self._near.append(grey.astype(np.int16))
        self._seen += 1
        if len(self._near) > apart + 1:
            self._near.popleft()
        if len(self._near) == apart + 1 and self._seen % every == 0:
            band = band_between(self._near[0], self._near[-1])
            if band:
                self._add(self._seen - 1 - apart // 2, band, 3 * every)

    def runs(self) -> Runs:
        """Return the first and the last frame of each slide."""
        return [(run[0][0], run[-1][0]) for run in self._found if len(run) >= _OFTEN]

    def _add(self, number: int, band: Band, soon: int) -> None:
        if self._found and _goes_on(self._found[-1], number, band, soon):
            self._found[-1].append((number, band))
        else:
            if self._found and len(self._found[-1]) < _OFTEN:
                self._found.pop()
            self._found.append([(number, band)])


def _goes_on(run: list[tuple[int, Band]], number: int, band: Band, soon: int) -> bool:
    """Tell whether this band continues the run: soon after its last one, along the same axis and the same way."""
    last, before = run[-1], run[-2] if len(run) > 1 else None
    moved = band.middle - last[1].middle
    same_way = before is None or moved * (last[1].middle - before[1].middle) > 0
    return number - last[0] <= soon and band.axis == last[1].axis and abs(moved) > _STILL and same_way


def band_between(first: Grey, last: Grey) -> Band | None:
    """Return the widest band of lines of the picture that are new in the last frame, or None."""
    new = np.abs(last - first) > _NEW
    bands = [band for axis in (0, 1) if (band := _widest(new.mean(axis=axis), axis))]
    return max(bands, key=lambda band: band.width, default=None)


def _widest(lines: NDArray[np.float64], axis: int) -> Band | None:
    """Return the widest band, given the share of each line that is new; None where the rest is new, too."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], lines >= _BAND, [0]))))
    if not edges.size:
        return None
    start, end = max(edges.reshape(-1, 2), key=lambda span: span[1] - span[0])
    rest = np.delete(lines, np.s_[max(0, start - 1) : end + 1])  # an edge may lie within a line
    if end - start < _THIN or rest.size < _LEFT or rest.mean() >= _REST:
        return None
    return Band(axis, float(start + end) / 2 / lines.size, float(end - start) / lines.size)
