"""Where a clip may begin or end: where a shot does, where a speaker pauses, and now and then elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from pipelines.domain.model import Analysis, Span
from pipelines.domain.selection.ranking import is_spoilt, within

_EVERY = Fraction(1)  # seconds, where nobody speaks and nothing is cut
_MOST = 2_000  # points of that kind; a long film has them further apart
_BREATH = Fraction(1, 10)  # seconds left before and after what is said


def cut_points(
    analysis: Analysis, duration: Fraction, rate: Fraction, keyframes: Sequence[Fraction] = ()
) -> tuple[Fraction, ...]:
    """Rising, each of them the beginning of a frame (`rate` a second) or the film's end; never inside a word."""
    words = [(max(Fraction(0), start - _BREATH / 2), end + _BREATH / 2) for start, end in analysis.speech]
    wanted = (*_pauses(analysis.speech), *_others(analysis, duration), *keyframes)
    found = {round(time * rate) / rate for time in wanted}
    inside = (time for time in found if 0 < time < duration)
    free = {time for time in inside if not within(words, time) and not within(analysis.transitions, time)}
    return tuple(sorted({Fraction(0), duration, *free}))


def _pauses(speech: Sequence[Span]) -> Iterator[Fraction]:
    """Just before and just after what is said; in the middle of a pause too short for both."""
    if speech:
        yield from (speech[0][0] - _BREATH, speech[-1][1] + _BREATH)
    for (_, end), (start, _) in pairwise(speech):
        if start - end < 2 * _BREATH:
            yield (start + end) / 2
        else:
            yield from (end + _BREATH, start - _BREATH)


def _others(analysis: Analysis, duration: Fraction) -> Iterator[Fraction]:
    yield from analysis.shots
    yield from (edge for span in analysis.transitions for edge in span)
    every = max(_EVERY, duration / _MOST)
    yield from (n * every for n in range(int(duration / every) + 1))
    # Clear of what nobody wants to see: a sample tells of the time around it.
    spoilt = [is_spoilt(sample) for sample in analysis.samples]
    for n, (before, after) in enumerate(pairwise(spoilt), 1):
        if before != after:
            yield (n + 1 if before else n - 1) * analysis.step
