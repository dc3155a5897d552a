"""Parts of a picture that were never decoded. A broken slice of H.265 ends the decoder's work on it without a word.

What it has not drawn is nought in luma and in both differences of colour: a green beyond what a camera can write.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# What that green is in RGB, by matrix and range: BT.709 limited, BT.601 either; give or take a rounding.
_GREENS = (76, 77, 78, 133, 134, 135, 136, 137)
_LEAST = 0.04  # of the picture


def is_undecoded(frame: NDArray[np.uint8]) -> bool:
    """Whether a good part of this bgr24 frame is that."""
    blue, green, red = (frame[..., channel] for channel in range(3))
    drawn = (blue > 0) | (red > 0)
    if drawn.mean() > 1 - _LEAST:
        return False
    return bool(np.isin(green[~drawn], _GREENS).sum() >= _LEAST * drawn.size)
