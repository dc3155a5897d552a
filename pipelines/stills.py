"""Which moments become stills, and which of them is the poster. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from fractions import Fraction

from pipelines.model import Analysis
from pipelines.ranking import Ranks, is_black, shots_near, within

_NEAR_A_SHOT = Fraction(3, 10)  # seconds; a still this near a boundary may fall within a dissolve
_DARK = 40.0  # of 255; below it a picture is hard to make out on paper or a phone in the sun
_MIN_SPACING = Fraction(1, 30)


def pick_stills(
    analysis: Analysis, ranks: Ranks, keyframes: Sequence[Fraction], duration: Fraction, count: int
) -> tuple[Fraction, ...]:
    """`count` moments from the sharper two thirds, none black, apart from each other and from shot boundaries.

    None within a dissolve, and none that is spoilt, where there is anything else.
    """
    candidates = _sharp(analysis, [i for i, s in enumerate(analysis.samples) if not is_black(s)])
    candidates = _prefer(candidates, lambda i: not ranks.spoilt[i], 1)
    candidates = _prefer(candidates, lambda i: not within(analysis.transitions, i * analysis.step), 1)
    candidates = _prefer(candidates, lambda i: not shots_near(analysis.shots, i * analysis.step, _NEAR_A_SHOT), count)
    candidates = _prefer(candidates, lambda i: analysis.samples[i].luma >= _DARK, count)
    on_key = set(keyframes)
    # A key frame costs one decoded frame, any other half a GOP of them.
    candidates = _prefer(candidates, lambda i: i * analysis.step in on_key, count * 5)
    candidates = candidates or [max(range(len(ranks.beauty)), key=ranks.beauty.__getitem__)]
    best_first = sorted(candidates, key=lambda i: -ranks.beauty[i])
    times = _shots_first([i * analysis.step for i in best_first], analysis.shots)
    return _spread(times, duration, count)


def _sharp(analysis: Analysis, indices: list[int]) -> list[int]:
    ordered = sorted(analysis.samples[i].sharpness for i in indices)
    return [i for i in indices if analysis.samples[i].sharpness >= ordered[len(ordered) // 3]]


def _prefer(indices: list[int], wanted: Callable[[int], bool], enough: int) -> list[int]:
    """Those that are wanted, where that leaves enough of them."""
    kept = [i for i in indices if wanted(i)]
    return kept if len(kept) >= enough else indices


def _shots_first(best_first: Sequence[Fraction], shots: Sequence[Fraction]) -> list[Fraction]:
    """The best moment of each shot before a second one of any: stills differ from each other."""
    seen: dict[int, list[Fraction]] = {}
    for time in best_first:
        seen.setdefault(bisect_right(shots, time), []).append(time)
    return [*(times[0] for times in seen.values()), *(time for times in seen.values() for time in times[1:])]


def _spread(best_first: Sequence[Fraction], duration: Fraction, count: int) -> tuple[Fraction, ...]:
    """The best `count` times as far apart as can be had: the distance is halved until there are enough."""
    spacing = duration / (count + 1)
    while True:
        taken: list[Fraction] = []
        for time in best_first:
            if len(taken) < count and all(abs(time - other) >= spacing for other in taken):
                taken.append(time)
        if len(taken) >= min(count, len(best_first)) or spacing < _MIN_SPACING:
            return tuple(sorted(taken))
        spacing /= 2
