"""Inside the child: how sharp a short film's pictures are once they are encoded. By PyAV.

Analysis sees the original. Of a second of film, every frame of which is analysed and may become a still, what the
encoder saved on decides which is the sharpest.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from av.video.frame import VideoFrame

from pipelines.films.frames import Frames
from pipelines.model import Analysis, VideoPlan

_SIZE = (480, 270)


def is_short(plan: VideoPlan) -> bool:
    """True where every frame was analysed."""
    return plan.sampling.rate == plan.encoding.frame_rate


def as_chosen_from(analysis: Analysis, plan: VideoPlan, frames: Frames) -> Analysis:
    """Of a short film, with the sharpness of the finished master's pictures, one a sample in their order."""
    if not is_short(plan):
        return analysis
    shown = frames.between(-(1 << 40), 1 << 62)
    measured = [
        replace(sample, sharpness=sharpness(frame)) for frame, sample in zip(shown, analysis.samples, strict=False)
    ]
    return replace(analysis, samples=(*measured, *analysis.samples[len(measured) :]))


def sharpness(frame: VideoFrame) -> float:
    """Variance of the Laplacian, as :mod:`pipelines.films.analysis` has it, on a larger picture."""
    small = frame.reformat(width=_SIZE[0], height=_SIZE[1], format="gray", interpolation="AREA")
    grey = small.to_ndarray().astype(np.int32)
    inner = grey[1:-1, 1:-1]
    edges = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner
    return round(float(edges.var()), 2)
