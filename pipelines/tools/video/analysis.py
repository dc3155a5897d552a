"""Measure the picture and the sound of a film while it is decoded, with OpenCV.

The result is an Analysis, one row a time step. Few frames are measured in detail (:class:`FrameAnalyser`), every frame
briefly (:class:`TinyAnalyser`).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from statistics import median

import cv2
import numpy as np

from pipelines.domain.model import Analysis, Sample, Sampling, Span
from pipelines.domain.planning.video import TINY
from pipelines.domain.selection.sounds import sudden
from pipelines.tools.damage.undecoded import is_undecoded
from pipelines.tools.ffmpeg.output import SILENCE
from pipelines.tools.video.faces import Face, FaceFinder
from pipelines.tools.video.mixtures import MixtureDetector, merged
from pipelines.tools.video.portions import Portions
from pipelines.tools.video.settling import Settling
from pipelines.tools.video.shaking import Shaking
from pipelines.tools.video.shots import ShotDetector
from pipelines.tools.video.sliding import SlideDetector
from pipelines.tools.video.storyboard import Frame, Tiles

_LOUDNESS_STEP = Fraction(1, 10)  # ebur128 reports every 100 ms
_FACES_EVERY = Fraction(3)  # seconds
_SAME = 2.0  # mean difference, of 255; a frame this close to the last one searched shows the same faces
_PARTS = (3, 2)  # of a frame, across and down; the mean colour of each is kept
_AROUND = 2  # frames on either side
_BLACK, _BURNT = 7, 249  # of 255; beyond them there is no detail
_DARK, _FLAT = 20.0, 8.0  # luma and contrast, of 255; no face is recognised below

Picture = tuple[float, float, float, float]


class FrameAnalyser:
    """A consumer of bgr24 frames, given as bytes in portions of any size.

    Call `analysis()` after the last frame. Each frame is also passed to `tiles`. Raises ToolFailed beyond `most`
    frames: no film that was planned has more.
    """

    def __init__(self, sampling: Sampling, most: int, tiles: Tiles) -> None:
        cv2.setNumThreads(1)  # the cores belong to the encoder
        self._tiles, self._sampling = tiles, sampling
        self._portions = Portions(sampling.width * sampling.height * 3, most, self._push)
        self._previous: Frame | None = None
        self._pictures: list[Picture] = []
        self._finder, self._faces = FaceFinder(sampling.width, sampling.height), list[tuple[Face, ...]]()
        self._colours: list[str] = []
        self._mixtures = MixtureDetector(sampling.rate)
        self._lost, self._drawn = list[float](), list[float]()
        self._searched: Frame | None = None
        self._every = max(1, round(_FACES_EVERY * sampling.rate))

    def __call__(self, data: bytes) -> bool:
        return self._portions(data)

    def _push(self, data: bytes) -> None:
        frame = np.frombuffer(data, np.uint8).reshape(self._sampling.height, self._sampling.width, 3)
        self._tiles.see(len(self._pictures), frame)
        grey = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)
        picture = _measure(grey, self._previous)
        self._colours.append(_colours(frame))
        self._mixtures.see(grey)
        self._lost.append(_lost(grey))
        self._drawn.append(_drawn(grey))
        self._faces.append(self._search(frame, grey, picture))
        self._pictures.append(picture)
        self._previous = grey

    def _search(self, frame: Frame, grey: Frame, picture: Picture) -> tuple[Face, ...]:
        """Return the faces on the frame; between two searches, those that the last search found."""
        known = self._faces[-1] if self._faces else ()
        if len(self._pictures) % self._every:
            return known
        if picture[0] < _DARK or picture[1] < _FLAT:
            self._searched = None
            return ()
        if self._searched is not None and float(cv2.absdiff(grey, self._searched).mean()) < _SAME:
            return known
        self._searched = grey
        return self._finder.find(frame)

    def analysis(
        self, loudness: Sequence[float], tiny: TinyAnalyser, speech: Sequence[Span], duration: Fraction
    ) -> Analysis:
        """Return the analysis of `duration` seconds.

        `loudness`: as `parse_loudness` returns it, one value every 100 ms.
        """
        step = 1 / self._sampling.rate
        # The last frame's time is rounded, and a file's own clock may run on: the master ends where the plan says.
        count = max(1, ceil(duration / step))
        samples = []
        for index, (picture, faces) in enumerate(zip(self._pictures[:count], self._faces[:count], strict=True)):
            largest = faces[0] if faces else None
            samples.append(
                Sample(
                    *picture,
                    shake=tiny.shake(index * step, step),
                    faces=len(faces),
                    face=largest.height if largest else 0.0,
                    face_x=largest.x if largest else 0.5,
                    colours=self._colours[index],
                    loudness=_at(loudness, index * step),
                    lost=self._lost[index],
                    unsettled=tiny.unsettled(index * step),
                    drawn=self._drawn[index],
                )
            )
        heard = tuple(time for time in sudden(loudness, _LOUDNESS_STEP) if time < duration)
        self._mixtures.close()
        mixed, built = self._mixtures.spans()
        mixed = merged((*mixed, *tiny.slides(duration)))
        return Analysis(step, tuple(samples), *tiny.shots(duration), tuple(speech), heard, mixed, built)


class TinyAnalyser:
    """A consumer of tiny bgr24 frames, given as bytes in portions of any size: every frame of the film.

    `undecoded`: presentation times, in seconds, of frames of which a part was never decoded. Raises ToolFailed beyond
    `most` frames.
    """

    def __init__(self, sampling: Sampling, most: int) -> None:
        self._rate, self._count = sampling.shots, 0
        self.undecoded: list[Fraction] = []
        self._detector, self._shaking = ShotDetector(self._rate), Shaking()
        self._settling, self._slides = Settling(self._rate), SlideDetector(self._rate)
        self._portions = Portions(TINY[0] * TINY[1] * 3, most, self._push)

    def __call__(self, data: bytes) -> bool:
        return self._portions(data)

    def _push(self, data: bytes) -> None:
        frame = np.frombuffer(data, np.uint8).reshape(TINY[1], TINY[0], 3)
        if is_undecoded(frame):
            self.undecoded.append(self._count / self._rate)
        self._count += 1
        self._detector.see(frame)
        grey = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)
        self._shaking.see(grey)
        self._settling.see(grey)
        self._slides.see(grey)

    def shots(self, duration: Fraction) -> tuple[tuple[Fraction, ...], tuple[Span, ...]]:
        """Return when new shots begin, within `duration` seconds, and the transitions to them.

        This ends the detection: no frame may follow.
        """
        self._detector.close()
        found = [(shot / self._rate, a / self._rate, b / self._rate) for shot, a, b in self._detector.found]
        within = [(shot, start, end) for shot, start, end in found if shot < duration]
        return tuple(shot for shot, _, _ in within), tuple((a, min(b, duration)) for _, a, b in within if a < b)

    def slides(self, duration: Fraction) -> tuple[Span, ...]:
        """Return the stretches, in seconds, in which another picture slides over the film."""
        spans = ((first / self._rate, last / self._rate) for first, last in self._slides.runs())
        return tuple((start, min(end, duration)) for start, end in spans if start < duration)

    @property
    def seconds(self) -> Fraction:
        """Return the seconds of film that were seen, to a frame."""
        return self._count / self._rate

    def unsettled(self, time: Fraction) -> float:
        """Return the share of the picture that changes without explanation around `time`, in seconds."""
        return self._settling.around(round(time * self._rate))

    def shake(self, time: Fraction, length: Fraction) -> float:
        """Return the median shake of the frames shown from `time`, `length` seconds on, and of a few around them.

        The median leaves out the single frame that seems to jerk where one shot is cut to another.
        """
        first, last = round(time * self._rate) - _AROUND, round((time + length) * self._rate) + _AROUND
        amounts = self._shaking.amounts[max(0, first) : last]
        return round(median(amounts), 2) if amounts else 0.0


def _lost(grey: Frame) -> float:
    """Return the share of the picture that is burnt out or black."""
    return round(1 - cv2.countNonZero(cv2.inRange(grey, _BLACK, _BURNT)) / grey.size, 3)


def _drawn(grey: Frame) -> float:
    """Return the share of neighbours that are exactly equal: a lens never gives two of them one value for long."""
    return round(1 - cv2.countNonZero(cv2.absdiff(grey[:, 1:], grey[:, :-1])) / (grey.size - len(grey)), 3)


def _colours(frame: Frame) -> str:
    parts = np.asarray(cv2.resize(frame, _PARTS, interpolation=cv2.INTER_AREA), np.uint8) >> 4
    return "".join(f"{part:x}" for part in parts.ravel())


def _measure(grey: Frame, previous: Frame | None) -> Picture:
    mean, deviation = cv2.meanStdDev(grey)
    sharpness = float(cv2.Laplacian(grey, cv2.CV_64F).var())
    motion = 0.0 if previous is None else float(cv2.absdiff(grey, previous).mean())
    return round(float(mean[0][0]), 2), round(float(deviation[0][0]), 2), round(sharpness, 2), round(motion, 3)


def _at(loudness: Sequence[float], time: Fraction) -> float:
    if not loudness:
        return SILENCE
    return max(SILENCE, loudness[min(len(loudness) - 1, round(time / _LOUDNESS_STEP))])
