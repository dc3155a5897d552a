"""Which moments become stills, and which of them is the poster. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from fractions import Fraction

from pipelines.domain.model import Analysis, Sample, Span
from pipelines.domain.selection.ranking import Ranks, index_at, is_black, shots_near, within

_NEAR_A_SHOT = Fraction(3, 10)  # seconds; a still this near a boundary may fall within a dissolve
_DARK = 40.0  # of 255; below it a picture is hard to make out on paper or a phone in the sun
_MIN_SPACING = Fraction(1, 30)
_SHUT, _BLINK = Fraction(2, 5), Fraction(6, 5)  # seconds around a still: how long eyes are shut; until they are open
_COARSE = Fraction(1, 10)  # seconds between two samples
_SOON = Fraction(2, 5)  # seconds after a key frame
_LIKE = 2  # steps of analysis; so far from a moment a picture shows much the same
_PORTRAIT, _NEARLY = 0.1, 0.85  # of the frame's height; of the sharpness


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
    # A key frame costs one decoded frame, what comes soon after one a few, any other half a GOP of them.
    candidates = _prefer(candidates, lambda i: i * analysis.step in on_key, count * 5)
    candidates = _prefer(candidates, lambda i: _is_soon(i * analysis.step, keyframes), count * 5)
    candidates = candidates or [max(range(len(ranks.beauty)), key=ranks.beauty.__getitem__)]
    best_first = sorted(candidates, key=lambda i: -ranks.beauty[i])
    times = _shots_first([i * analysis.step for i in best_first], analysis.shots)
    return _spread(times, duration, count)


def instead(analysis: Analysis, ranks: Ranks, time: Fraction, count: int) -> tuple[Fraction, ...]:
    """Other moments of the same face, nearest first: as good a picture, for where the eyes are shut in this one."""
    here = analysis.samples[index_at(analysis, time)]
    shot = bisect_right(analysis.shots, time)
    sharp = _sharp(analysis, [n for n, sample in enumerate(analysis.samples) if not is_black(sample)])
    near = (n * analysis.step for n in sharp if _is_as_good(analysis.samples[n], here))
    kept = [
        other
        for other in near
        if _SHUT <= abs(other - time) <= _BLINK
        and bisect_right(analysis.shots, other) == shot
        and not ranks.spoilt[index_at(analysis, other)]
        and not within(analysis.transitions, other)
        and not shots_near(analysis.shots, other, _NEAR_A_SHOT)
    ]
    return tuple(sorted(kept, key=lambda other: abs(other - time))[:count])


def _is_soon(time: Fraction, keyframes: Sequence[Fraction]) -> bool:
    before = bisect_right(keyframes, time) - 1
    return before >= 0 and time - keyframes[before] <= _SOON


def alike(analysis: Analysis, time: Fraction, others: Sequence[Fraction]) -> Span:
    """From when until before when pictures show what the one at `time` shows: two steps either way, in the same shot.

    As far from its boundaries as stills keep, and nearer to `time` than to any of the other stills. An encoder saves
    on some of those pictures, and it shows: the sharpest of them is the still.
    """
    edges = sorted({*analysis.shots, *(edge for span in analysis.transitions for edge in span)})
    here, reach = bisect_right(edges, time), _LIKE * analysis.step
    starts = [time - reach, Fraction(0), *(edge + _NEAR_A_SHOT for edge in edges[here - 1 : here])]
    ends = [time + reach, *(edge - _NEAR_A_SHOT for edge in edges[here : here + 1])]
    starts += [(other + time) / 2 for other in others if other < time]
    ends += [(other + time) / 2 for other in others if other > time]
    return min(time, max(starts)), max(time, min(ends))


def is_portrait(sample: Sample) -> bool:
    """A face so large that its eyes can be seen."""
    return sample.faces > 0 and sample.face >= _PORTRAIT


def _is_as_good(sample: Sample, other: Sample) -> bool:
    return is_portrait(sample) and sample.sharpness >= other.sharpness * _NEARLY


def _sharp(analysis: Analysis, indices: list[int]) -> list[int]:
    ordered = sorted(analysis.samples[i].sharpness for i in indices)
    # Where every frame is analysed neighbours differ by a hair: of those the sharper half.
    least = len(ordered) // (3 if analysis.step >= _COARSE else 2)
    return [i for i in indices if analysis.samples[i].sharpness >= ordered[least]]


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
