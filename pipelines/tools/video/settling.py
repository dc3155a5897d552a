"""Measure how much of a picture changes as neither movement nor light explains, on tiny frames.

While pictures dissolve, are superimposed or wiped, parts of them change steadily although nothing moves there. A still
is better taken where that is not so. The measure alone does not prove a joint: water and blurred movement do so, too.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_HALF = Fraction(2, 15)  # seconds on either side of the judged frame
_EVERY = Fraction(1, 5)  # seconds between two judged frames
_AROUND, _PATCH = (9, 9), (7, 7)  # pixels: where movement is one, and over which is judged
_LEAST = 3.0  # of 255, root mean square over the window
_STEADY, _UNEXPLAINED = 0.8, 0.6  # of the change: what a straight line in time explains, and movement does not
_NOISE = 0.5  # keeps the movement of a plain patch at nothing


@dataclass(slots=True)
class Settling:
    """A meter on grey tiny frames, given in order, `rate` a second.

    `amounts`: the share of the picture that changes without explanation, 0 to 1, of every judged frame by its number.
    """

    rate: Fraction
    amounts: dict[int, float] = field(default_factory=dict)
    _near: deque[Floats] = field(default_factory=deque)
    _seen: int = 0

    def see(self, grey: NDArray[np.uint8]) -> None:
        """Take the next frame."""
        half, every = max(2, round(_HALF * self.rate)), max(1, round(_EVERY * self.rate))
        self._near.append(grey.astype(np.float32))
        self._seen += 1
        if len(self._near) > 2 * half + 1:
            self._near.popleft()
        middle = self._seen - 1 - half
        if len(self._near) == 2 * half + 1 and middle % every == 0:
            self.amounts[middle] = round(unexplained(np.stack(self._near)), 4)

    def around(self, number: int) -> float:
        """Return the most of the judged frames that are a step or less from this one; 0 where none is."""
        every = max(1, round(_EVERY * self.rate))
        first = max(0, number // every - 1) * every
        return max((self.amounts.get(near, 0.0) for near in range(first, number + every + 1, every)), default=0.0)


def unexplained(frames: Floats) -> float:
    """Return the share of the picture that changes steadily, and not by movement or light, over some frames."""
    half = len(frames) // 2
    times = np.arange(-half, half + 1, dtype=np.float32)
    square = float(times @ times)
    slope = np.asarray(np.tensordot(times / square, frames, 1), np.float32)
    mean = np.asarray(frames.mean(axis=0), np.float32)
    whole = _blurred(np.asarray(((frames - mean) ** 2).sum(axis=0), np.float32))
    steady = _blurred(slope * slope * square)
    changes = whole >= _LEAST**2 * len(frames)
    if not changes.any():
        return 0.0
    left = _blurred(_still(slope, mean) ** 2) * square
    return float((changes & (steady > _STEADY * whole) & (left > _UNEXPLAINED * steady)).mean())


def _still(slope: Floats, mean: Floats) -> Floats:
    """Return the part of the slope that no movement explains: around each pixel, one movement, by least squares."""
    across = np.asarray(cv2.Sobel(mean, cv2.CV_32F, 1, 0, scale=1 / 8), np.float32)
    down = np.asarray(cv2.Sobel(mean, cv2.CV_32F, 0, 1, scale=1 / 8), np.float32)
    xx, yy, xy = (_around(a * b) for a, b in ((across, across), (down, down), (across, down)))
    xs, ys = (_around(a * slope) for a in (across, down))
    xx, yy = xx + _NOISE, yy + _NOISE
    whole = xx * yy - xy * xy
    return np.asarray(slope - across * (yy * xs - xy * ys) / whole - down * (xx * ys - xy * xs) / whole, np.float32)


def _around(values: Floats) -> Floats:
    return np.asarray(cv2.boxFilter(values, -1, _AROUND), np.float32)


def _blurred(values: Floats) -> Floats:
    return np.asarray(cv2.boxFilter(np.asarray(values, np.float32), -1, _PATCH), np.float32)
