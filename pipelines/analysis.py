"""Small frames and loudness → Analysis. Fed while the one decode runs; OpenCV and PySceneDetect's detectors."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

import cv2
import numpy as np
from scenedetect import FrameTimecode
from scenedetect.detectors import ContentDetector

from pipelines.errors import ToolFailed
from pipelines.model import Analysis, Sample, Sampling
from pipelines.progress import SILENCE
from pipelines.storyboard import Frame, Tiles

_LOUDNESS_STEP = Fraction(1, 10)  # ebur128 reports every 100 ms
_MIN_SCENE = Fraction(3, 5)  # seconds between two boundaries, whatever the rate of the frames


class FrameAnalyser:
    """Takes the bytes of bgr24 frames in any portions; `analysis()` when there are no more.

    `tiles` sees them too. More frames than `most` are no film that was planned: raises ToolFailed.
    """

    def __init__(self, sampling: Sampling, most: int, tiles: Tiles) -> None:
        self._most, self._tiles = most, tiles
        cv2.setNumThreads(1)  # the cores belong to the encoder
        self._sampling = sampling
        self._size = sampling.width * sampling.height * 3
        self._pending = bytearray()
        self._previous: Frame | None = None
        self._pictures: list[tuple[float, float, float, float]] = []
        self._shots: list[Fraction] = []
        # The adaptive detector's rolling average needs more frames a second than these.
        self._detector = ContentDetector(min_scene_len=max(1, round(sampling.rate * _MIN_SCENE)))

    def __call__(self, data: bytes) -> bool:
        self._pending.extend(data)
        before = len(self._pictures)
        while len(self._pending) >= self._size:
            if len(self._pictures) >= self._most:
                raise ToolFailed(f"more than {self._most} frames to analyse")
            self._push(np.frombuffer(bytes(self._pending[: self._size]), np.uint8))
            del self._pending[: self._size]
        return len(self._pictures) > before

    def _push(self, data: Frame) -> None:
        frame = data.reshape(self._sampling.height, self._sampling.width, 3)
        self._tiles.see(len(self._pictures), frame)
        grey = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)
        now = FrameTimecode(len(self._pictures), fps=float(self._sampling.rate))
        self._shots += [
            Fraction(cut.frame_num) / self._sampling.rate for cut in self._detector.process_frame(now, frame)
        ]
        self._pictures.append(_measure(grey, self._previous))
        self._previous = grey

    def analysis(self, loudness: Sequence[float], duration: Fraction) -> Analysis:
        """The rows within `duration` seconds; `loudness` as `parse_loudness` gives it, one value every 100 ms."""
        step = 1 / self._sampling.rate
        # A last frame's time is rounded, and a file's own clock may run on: the master ends where the plan says.
        pictures = self._pictures[: max(1, ceil(duration / step))]
        samples = (Sample(*picture, loudness=_at(loudness, index * step)) for index, picture in enumerate(pictures))
        return Analysis(step, tuple(samples), tuple(shot for shot in self._shots if shot < duration))


def _measure(grey: Frame, previous: Frame | None) -> tuple[float, float, float, float]:
    mean, deviation = cv2.meanStdDev(grey)
    sharpness = float(cv2.Laplacian(grey, cv2.CV_64F).var())
    motion = 0.0 if previous is None else float(cv2.absdiff(grey, previous).mean())
    return round(float(mean[0][0]), 2), round(float(deviation[0][0]), 2), round(sharpness, 2), round(motion, 3)


def _at(loudness: Sequence[float], time: Fraction) -> float:
    if not loudness:
        return SILENCE
    return max(SILENCE, loudness[min(len(loudness) - 1, round(time / _LOUDNESS_STEP))])
