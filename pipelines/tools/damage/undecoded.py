"""Detect pictures of which parts were never decoded: an H.265 decoder gives up a broken slice and reports no error.

Samples that it has not drawn are zero in luma and in both colour differences: a green that no camera can write.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# The green channel of that colour in RGB, by matrix and range: BT.709 limited, BT.601 either; with rounding.
_GREENS = (76, 77, 78, 133, 134, 135, 136, 137)
_LEAST = 0.04  # share of the picture's pixels


def is_undecoded(frame: NDArray[np.uint8]) -> bool:
    """Tell whether at least 4 % of this bgr24 frame was never decoded."""
    blue, green, red = (frame[..., channel] for channel in range(3))
    drawn = (blue > 0) | (red > 0)
    if drawn.mean() > 1 - _LEAST:
        return False
    return bool(np.isin(green[~drawn], _GREENS).sum() >= _LEAST * drawn.size)
