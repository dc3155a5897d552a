"""Measure how sharp pictures are once they are encoded, with PyAV, inside a confined child.

The analysis sees the original, but an encoder saves bits on some pictures. So the sharpest is chosen among encoded ones
in two cases: in a film of about a second, where every frame is analysed and may become a still, and around a still.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from PIL import Image

from pipelines.domain.model import Analysis, Span, VideoPlan
from pipelines.tools.video.frames import Frames, as_image

_WIDTH = 480  # pixels, about
_AS_LIGHT = 6.0  # difference of mean luma, of 255


def is_short(plan: VideoPlan) -> bool:
    """Tell whether every frame was analysed."""
    return plan.sampling.rate == plan.encoding.frame_rate


def as_chosen_from(analysis: Analysis, plan: VideoPlan, frames: Frames) -> Analysis:
    """Return a short film's analysis with the sharpness of the master's frames, one a sample, in order.

    The analysis of a longer film is returned unchanged.
    """
    if not is_short(plan):
        return analysis
    shown = frames.between(-(1 << 40), 1 << 62)
    measured = [
        replace(sample, sharpness=_measured(frame)[1]) for frame, sample in zip(shown, analysis.samples, strict=False)
    ]
    return replace(analysis, samples=(*measured, *analysis.samples[len(measured) :]))


def sharpest(frames: Frames, span: Span, time: Fraction) -> tuple[Fraction, Image.Image]:
    """Return when the sharpest picture of this span (seconds) is shown, and the picture.

    Only reference frames are compared: they are coded better. A picture that is much lighter or darker than the one at
    `time` is left out: a flash has sharp edges too.
    """
    start, end = (ceil(edge / frames.base) for edge in span)
    seen = [(frame, *_measured(frame)) for frame in frames.between(start, end, references=True)]
    if not seen:
        return time, frames.at(time)
    usual = min(seen, key=lambda it: abs((it[0].pts or 0) * frames.base - time))[1]
    frame = max((it for it in seen if abs(it[1] - usual) <= _AS_LIGHT), key=lambda it: it[2])[0]
    return (frame.pts or 0) * frames.base, as_image(frame)


def _measured(frame: VideoFrame) -> tuple[float, float]:
    """Return the mean luma, 0 to 255, and the variance of the Laplacian.

    The variance is computed as the analysis does, on a larger picture.
    """
    luma = frame.planes[0]
    data = np.frombuffer(luma, np.uint8)  # type: ignore[call-overload]  # its stub leaves the buffer out
    whole = Image.frombuffer("L", (luma.line_size, luma.height), data, "raw", "L", 0, 1)
    small = whole.crop((0, 0, luma.width, luma.height)).reduce(max(1, luma.width // _WIDTH))
    grey = np.asarray(small, np.int16)  # an edge is 4 * 255 at most
    inner = grey[1:-1, 1:-1]
    edges = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner
    return float(grey.mean()), round(_variance(edges), 2)


def _variance(values: NDArray[np.int16]) -> float:
    """Return the variance; sums of integers are exact in double precision, and BLAS is ten times as fast as `var`."""
    flat = values.ravel().astype(np.float64)
    return float(flat @ flat / flat.size - (flat.sum() / flat.size) ** 2)
