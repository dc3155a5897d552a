"""Measure how a camera shakes, on tiny frames: not its movement, but how that changes from frame to frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

_WIDTH, _HEIGHT = 64, 36
_SURE = 0.1  # of 1; below it the two frames have nothing in common
_WINDOW = cv2.createHanningWindow((_WIDTH, _HEIGHT), cv2.CV_32F)


@dataclass(slots=True)
class Shaking:
    """A meter of camera shake on grey tiny frames, given in order.

    `amounts`: how far each frame jerks, in per cent of its width.
    """

    amounts: list[float] = field(default_factory=list)
    _before: NDArray[np.float32] | None = None
    _moved: tuple[float, float] = (0.0, 0.0)

    def see(self, frame: NDArray[np.uint8]) -> None:
        """Measure the next frame."""
        grey = frame.astype(np.float32)
        moved = self._move(grey)
        across, down = (now - then for now, then in zip(moved, self._moved, strict=True))
        self.amounts.append(float(np.hypot(across, down)) * 100 / _WIDTH)
        self._before, self._moved = grey, moved

    def _move(self, grey: NDArray[np.float32]) -> tuple[float, float]:
        """Return how many pixels the whole picture has moved; the last movement where that can't be seen."""
        if self._before is None:
            return self._moved
        (across, down), sure = cv2.phaseCorrelate(self._before, grey, _WINDOW)
        return (across, down) if sure > _SURE else self._moved
