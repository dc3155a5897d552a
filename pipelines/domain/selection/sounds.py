"""Find sudden sounds (a bang, an alarm, a cheer) by a leap of the loudness above its recent median."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from statistics import median

_BEFORE = Fraction(2)  # seconds over which the usual loudness is taken
_LEAP = 15.0  # LU above the usual loudness; speech after a pause rises by about 10
_HEARD = -40.0  # LKFS, momentary
_APART = Fraction(1)  # seconds; a leap that follows sooner belongs to the same event
_SILENCE = -60.0  # LKFS; after digital silence every sound would be a leap


def sudden(loudness: Sequence[float], step: Fraction) -> tuple[Fraction, ...]:
    """Return the times of sudden sounds, in seconds.

    `loudness`: momentary, LKFS (ITU-R BS.1770), one value every `step` seconds.
    """
    return tuple(_leaps(loudness, step))


def _leaps(loudness: Sequence[float], step: Fraction) -> Iterator[Fraction]:
    length, last = round(_BEFORE / step), -_APART
    for number in range(length, len(loudness)):
        usual = max(_SILENCE, median(loudness[number - length : number]))
        at = number * step
        if loudness[number] >= max(_HEARD, usual + _LEAP) and at - last >= _APART:
            yield at
            last = at
