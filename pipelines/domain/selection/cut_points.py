"""Find the times at which a clip may begin or end: shot boundaries, pauses in speech, and regular points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from pipelines.domain.model import Analysis, Span
from pipelines.domain.selection.ranking import is_spoilt, within

_EVERY = Fraction(1)  # seconds between two regular points
_MOST = 2_000  # regular points; a long film has them further apart
_BREATH = Fraction(1, 10)  # seconds left before and after speech


def cut_points(
    analysis: Analysis, duration: Fraction, rate: Fraction, keyframes: Sequence[Fraction] = ()
) -> tuple[Fraction, ...]:
    """Return the cut points in seconds, rising, from 0 to `duration`.

    Each is the start of a frame (`rate` frames per second) or the film's end. None lies inside a word, a transition or
    a picture made of two.
    """
    words = [(max(Fraction(0), start - _BREATH / 2), end + _BREATH / 2) for start, end in analysis.speech]
    wanted = (*_pauses(analysis.speech), *_others(analysis, duration), *keyframes)
    frames = {round(time * rate) for time in wanted}  # whole numbers: a set of fractions takes ten times as long
    inside = (frame / rate for frame in sorted(frames) if 0 < frame < duration * rate)
    kept_out = (words, *analysis.composed)
    free = (time for time in inside if not any(within(spans, time) for spans in kept_out))
    return (Fraction(0), *free, duration)


def _pauses(speech: Sequence[Span]) -> Iterator[Fraction]:
    """Yield the times just before and just after speech; the middle of a pause that is too short for both."""
    if speech:
        yield from (speech[0][0] - _BREATH, speech[-1][1] + _BREATH)
    for (_, end), (start, _) in pairwise(speech):
        if start - end < 2 * _BREATH:
            yield (start + end) / 2
        else:
            yield from (end + _BREATH, start - _BREATH)


def _others(analysis: Analysis, duration: Fraction) -> Iterator[Fraction]:
    """Yield the shot boundaries, the ends of transitions, the regular points and the edges of spoilt stretches."""
    yield from analysis.shots
    yield from (edge for spans in (analysis.transitions, analysis.mixed) for span in spans for edge in span)
    every = max(_EVERY, duration / _MOST)
    yield from (n * every for n in range(int(duration / every) + 1))
    # One sample clear of a spoilt stretch: a sample stands for the time around it.
    spoilt = [is_spoilt(sample) for sample in analysis.samples]
    for n, (before, after) in enumerate(pairwise(spoilt), 1):
        if before != after:
            yield (n + 1 if before else n - 1) * analysis.step
