"""Sudden sounds: a bang, an alarm, a cheer; by how far the loudness leaps above what was heard before. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from statistics import median

_BEFORE = Fraction(2)  # seconds that say what is usual
_LEAP = 15.0  # LU above it; speech after a pause rises by about ten
_HEARD = -40.0  # LKFS, momentary
_APART = Fraction(1)  # seconds; what follows sooner is the same event
_SILENCE = -60.0  # LKFS; out of digital silence everything would leap


def sudden(loudness: Sequence[float], step: Fraction) -> tuple[Fraction, ...]:
    """When something is suddenly heard, in seconds. `loudness`: momentary (ITU-R BS.1770), one value every `step`."""
    return tuple(_leaps(loudness, step))


def _leaps(loudness: Sequence[float], step: Fraction) -> Iterator[Fraction]:
    length, last = round(_BEFORE / step), -_APART
    for number in range(length, len(loudness)):
        usual = max(_SILENCE, median(loudness[number - length : number]))
        at = number * step
        if loudness[number] >= max(_HEARD, usual + _LEAP) and at - last >= _APART:
            yield at
            last = at
