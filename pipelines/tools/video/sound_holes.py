"""Find where the sound of an MPEG stream is missing although its picture goes on.

A whole PES packet may be lost so that the continuity counter comes round again (sixteen transport packets): only the
time stamps show it. Where picture and sound both pause, two recordings were laid end to end.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from math import ceil, floor

from pipelines.tools.video.packets import Track

_LEAST = Fraction(1, 10)  # seconds; shorter pauses are rounding, or a recorder's own
_MOST = 100  # pauses; a hostile file may have any number
_STEPS = 3  # usual steps of the picture; a longer one is a pause of the picture too


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch without sound, on the file's clock: when it begins, and its length, in seconds."""

    start: Fraction
    length: Fraction


def sound_holes(sound: Track, picture: Track) -> Iterator[Hole]:
    """Yield the stretches in which sound is missing beside a picture that goes on; a hundred pauses are examined."""
    usual, least = int(sound.interval / sound.base), _LEAST / sound.base
    pauses = ((a + usual, b) for a, b in pairwise(sound.times) if b - a - usual > least)
    for start, end in islice(pauses, _MOST):
        if _goes_on(picture, start * sound.base, end * sound.base):
            yield Hole(start * sound.base, (end - start) * sound.base)


def _goes_on(picture: Track, start: Fraction, end: Fraction) -> bool:
    """Tell whether the picture has no pause that touches this stretch."""
    most = picture.interval * _STEPS
    first = bisect_left(picture.times, ceil((start - most) / picture.base))
    last = bisect_right(picture.times, floor((end + most) / picture.base))
    beside = picture.times[first:last]
    return len(beside) > 1 and all(after - before <= most / picture.base for before, after in pairwise(beside))
