"""Inside the child: how sharp pictures are once they are encoded. By PyAV.

Analysis sees the original. Of a second of film, every frame of which is analysed and may become a still, and of the
pictures around a still, what the encoder saved on decides which is the sharpest.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil

import numpy as np
from av.video.frame import VideoFrame
from PIL import Image

from pipelines.domain.model import Analysis, Span, VideoPlan
from pipelines.tools.video.frames import Frames, as_image

_WIDTH = 480  # about
_AS_LIGHT = 6.0  # of 255, the mean


def is_short(plan: VideoPlan) -> bool:
    """True where every frame was analysed."""
    return plan.sampling.rate == plan.encoding.frame_rate


def as_chosen_from(analysis: Analysis, plan: VideoPlan, frames: Frames) -> Analysis:
    """Of a short film, with the sharpness of the finished master's pictures, one a sample in their order."""
    if not is_short(plan):
        return analysis
    shown = frames.between(-(1 << 40), 1 << 62)
    measured = [
        replace(sample, sharpness=_measured(frame)[1]) for frame, sample in zip(shown, analysis.samples, strict=False)
    ]
    return replace(analysis, samples=(*measured, *analysis.samples[len(measured) :]))


def sharpest(frames: Frames, span: Span, time: Fraction) -> tuple[Fraction, Image.Image]:
    """Of the pictures within these seconds the sharpest, and when it is shown.

    Of those that others refer to, which are coded better; none that is much lighter or darker than the one at `time`:
    a flash has sharp edges, too.
    """
    start, end = (ceil(edge / frames.base) for edge in span)
    seen = [(frame, *_measured(frame)) for frame in frames.between(start, end, references=True)]
    if not seen:
        return time, frames.at(time)
    usual = min(seen, key=lambda it: abs((it[0].pts or 0) * frames.base - time))[1]
    frame = max((it for it in seen if abs(it[1] - usual) <= _AS_LIGHT), key=lambda it: it[2])[0]
    return (frame.pts or 0) * frames.base, as_image(frame)


def _measured(frame: VideoFrame) -> tuple[float, float]:
    """How light it is, 0 to 255; and the variance of the Laplacian, as analysis has it, on a larger picture."""
    luma = frame.planes[0]
    data = np.frombuffer(luma, np.uint8)  # type: ignore[call-overload]  # its stub leaves the buffer out
    whole = Image.frombuffer("L", (luma.line_size, luma.height), data, "raw", "L", 0, 1)
    small = whole.crop((0, 0, luma.width, luma.height)).reduce(max(1, luma.width // _WIDTH))
    grey = np.asarray(small, np.int32)
    inner = grey[1:-1, 1:-1]
    edges = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * inner
    return float(grey.mean()), round(float(edges.var()), 2)
