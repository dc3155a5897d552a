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
_SOON, _ON_TIME = 8, Fraction(3, 4)  # packets; of the time that they should take
_STEPS = 3  # usual steps of the picture; a longer one is a pause of the picture too


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch without sound, on the file's clock: when it begins, and its length, in seconds."""

    start: Fraction
    length: Fraction


def sound_holes(sound: Track, picture: Track) -> Iterator[Hole]:
    """Yield the stretches in which sound is missing beside a picture that goes on; a hundred pauses are examined.

    Where stamps only tremble, the packets after a late one catch up with the time that was due.
    """
    longest = picture.interval * _STEPS
    for begins, ends in islice(_pauses(sound), _MOST):
        start, end = begins * sound.base, ends * sound.base
        if _goes_on(picture, start, end, longest):
            yield Hole(start, end - start)


def _pauses(sound: Track) -> Iterator[tuple[int, int]]:
    """Yield the pauses between packets that are not caught up with, in ticks."""
    usual, least = int(sound.interval / sound.base), _LEAST / sound.base  # a median over the film: taken once
    for number, (before, length, after) in enumerate(zip(sound.times, sound.lengths, sound.times[1:], strict=False), 1):
        ended = before + max(usual, length)
        if after - ended > least and not _catches_up(sound, number, usual):
            yield ended, after


def _catches_up(sound: Track, number: int, usual: int) -> bool:
    """Tell whether a packet soon after this one is stamped sooner than the packets between them allow."""
    soon = min(number + _SOON, len(sound.times) - 1)
    return soon > number and sound.times[soon] - sound.times[number] < (soon - number) * usual * _ON_TIME


def _goes_on(picture: Track, start: Fraction, end: Fraction, longest: Fraction) -> bool:
    """Tell whether the picture has no pause over `longest` seconds that touches this stretch."""
    first = bisect_left(picture.times, ceil((start - longest) / picture.base))
    last = bisect_right(picture.times, floor((end + longest) / picture.base))
    beside = picture.times[first:last]
    return len(beside) > 1 and all(after - before <= longest / picture.base for before, after in pairwise(beside))
