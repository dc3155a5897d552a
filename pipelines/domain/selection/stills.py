"""Choose the moments that become stills, and the moments that may replace one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from fractions import Fraction
from statistics import median

from pipelines.domain.model import Analysis, Sample, Span
from pipelines.domain.selection.ranking import Ranks, index_at, is_black, is_drawn, is_near_shot, within

_NEAR_A_SHOT = Fraction(3, 10)  # seconds; a still this near a shot boundary may lie in a dissolve
_DARK = 40.0  # of 255; below it a picture is hard to make out on paper or on a phone in the sun
_MIN_SPACING = Fraction(1, 30)  # seconds
_SHUT, _BLINK = Fraction(2, 5), Fraction(6, 5)  # seconds around a still: a blink lasts so long; eyes are open again
_COARSE = Fraction(1, 10)  # seconds between two samples, from which on they count as far apart
_SOON = Fraction(2, 5)  # seconds after a key frame
_LIKE = 2  # steps of the analysis, within which pictures show much the same
_SETTLED = 0.01  # of the picture; beyond it, so much changes unexplained that it may be two pictures
_AROUND, _LIGHT, _LOST = Fraction(4), 20.0, 0.2  # seconds; of 255; of the picture
_PORTRAIT, _NEARLY = 0.1, 0.85  # of the frame's height; of the other picture's sharpness


def pick_stills(
    analysis: Analysis, ranks: Ranks, keyframes: Sequence[Fraction], duration: Fraction, count: int
) -> tuple[Fraction, ...]:
    """Return up to `count` times in seconds, rising, from the sharper two thirds of the samples.

    None is black. They lie apart from each other. Where there is anything else, none is spoilt, made of two pictures,
    in an unusual light or near a shot boundary. `keyframes` and `duration` are in seconds.
    """
    candidates = _sharp(analysis, [i for i, s in enumerate(analysis.samples) if not is_black(s)])
    candidates = _prefer(candidates, lambda i: not ranks.spoilt[i], 1)
    candidates = _prefer(candidates, lambda i: not is_composed(analysis, i * analysis.step), 1)
    lit = usually_lit(analysis)
    candidates = _prefer(candidates, lambda i: lit[i], count)
    candidates = _prefer(candidates, lambda i: not is_drawn(analysis.samples[i]), count)
    candidates = _prefer(candidates, lambda i: analysis.samples[i].unsettled <= _SETTLED, count)
    candidates = _prefer(candidates, lambda i: not is_near_shot(analysis.shots, i * analysis.step, _NEAR_A_SHOT), count)
    candidates = _prefer(candidates, lambda i: analysis.samples[i].luma >= _DARK, count)
    on_key = {key / analysis.step for key in keyframes}
    # A key frame costs one decoded frame, a frame soon after it a few, any other half a GOP.
    candidates = _prefer(candidates, lambda i: i in on_key, count * 5)
    candidates = _prefer(candidates, lambda i: _is_soon(i * analysis.step, keyframes), count * 5)
    candidates = candidates or [max(range(len(ranks.beauty)), key=ranks.beauty.__getitem__)]
    best_first = sorted(candidates, key=lambda i: -ranks.beauty[i])
    times = _shots_first([i * analysis.step for i in best_first], analysis.shots)
    return _spread(times, duration, count)


def instead(analysis: Analysis, ranks: Ranks, time: Fraction, count: int) -> tuple[Fraction, ...]:
    """Return up to `count` other times in the same shot with as good a portrait, nearest first.

    They replace a still in which the eyes are shut.
    """
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
        and not is_composed(analysis, other)
        and not is_near_shot(analysis.shots, other, _NEAR_A_SHOT)
    ]
    return tuple(sorted(kept, key=lambda other: abs(other - time))[:count])


def _is_soon(time: Fraction, keyframes: Sequence[Fraction]) -> bool:
    before = bisect_right(keyframes, time) - 1
    return before >= 0 and time - keyframes[before] <= _SOON


def alike(analysis: Analysis, time: Fraction, others: Sequence[Fraction]) -> Span:
    """Return the span, end excluded, in which pictures show the same as the one at `time`.

    It reaches two steps of the analysis either way, within the same shot. It keeps the distance of stills from shot
    boundaries, and is nearer to `time` than to any of the `others`. An encoder visibly saves bits on some of those
    pictures: the sharpest of them becomes the still.
    """
    edges = sorted({*analysis.shots, *(edge for spans in analysis.composed for span in spans for edge in span)})
    here = bisect_right(edges, time)
    starts = [_settled(analysis, time, -1), Fraction(0), *(edge + _NEAR_A_SHOT for edge in edges[here - 1 : here])]
    ends = [_settled(analysis, time, 1), *(edge - _NEAR_A_SHOT for edge in edges[here : here + 1])]
    starts += [(other + time) / 2 for other in others if other < time]
    ends += [(other + time) / 2 for other in others if other > time]
    return min(time, max(starts)), max(time, min(ends))


def _settled(analysis: Analysis, time: Fraction, way: int) -> Fraction:
    """Return the last time within two steps, that way, until which as little changes unexplained as at `time`."""
    here = index_at(analysis, time)
    most = max(_SETTLED, analysis.samples[here].unsettled)
    for steps in range(1, _LIKE + 1):
        there = here + way * steps
        if not 0 <= there < len(analysis.samples) or analysis.samples[there].unsettled > most:
            return time + way * (steps - 1) * analysis.step
    return time + way * _LIKE * analysis.step


def is_composed(analysis: Analysis, time: Fraction) -> bool:
    """Tell whether the picture at `time` is a mixture of two, or not yet complete."""
    return any(within(spans, time) for spans in analysis.composed)


def usually_lit(analysis: Analysis) -> list[bool]:
    """Return for each sample whether it is as light as the seconds around it, and no more of it is lost than usual.

    A flash, a change of exposure or light that falls on the lens for a moment is not.
    """
    samples, reach = analysis.samples, max(1, round(_AROUND / analysis.step))
    usual = median(sample.lost for sample in samples)
    lights = [sample.luma for sample in samples]
    return [
        abs(lights[n] - median(lights[max(0, n - reach) : n + reach + 1])) <= _LIGHT and sample.lost <= usual + _LOST
        for n, sample in enumerate(samples)
    ]


def is_portrait(sample: Sample) -> bool:
    """Tell whether the sample has a face so large that its eyes can be seen."""
    return sample.faces > 0 and sample.face >= _PORTRAIT


def _is_as_good(sample: Sample, other: Sample) -> bool:
    return is_portrait(sample) and sample.sharpness >= other.sharpness * _NEARLY


def _sharp(analysis: Analysis, indices: list[int]) -> list[int]:
    """Return the indices of the sharper two thirds of the samples; the sharper half where every frame is analysed."""
    ordered = sorted(analysis.samples[i].sharpness for i in indices)
    # Neighbours hardly differ where every frame is analysed: the sharper half of those.
    least = len(ordered) // (3 if analysis.step >= _COARSE else 2)
    return [i for i in indices if analysis.samples[i].sharpness >= ordered[least]]


def _prefer(indices: list[int], wanted: Callable[[int], bool], enough: int) -> list[int]:
    """Return the indices that are wanted, or all of them where fewer than `enough` are."""
    kept = [i for i in indices if wanted(i)]
    return kept if len(kept) >= enough else indices


def _shots_first(best_first: Sequence[Fraction], shots: Sequence[Fraction]) -> list[Fraction]:
    """Return the best time of each shot before a second one of any, so that stills differ from each other."""
    seen: dict[int, list[Fraction]] = {}
    for time in best_first:
        seen.setdefault(bisect_right(shots, time), []).append(time)
    return [*(times[0] for times in seen.values()), *(time for times in seen.values() for time in times[1:])]


def _spread(best_first: Sequence[Fraction], duration: Fraction, count: int) -> tuple[Fraction, ...]:
    """Return the best `count` times, rising; their least distance is halved until there are enough."""
    spacing = duration / (count + 1)
    while True:
        taken: list[Fraction] = []
        for time in best_first:
            if len(taken) < count and all(abs(time - other) >= spacing for other in taken):
                taken.append(time)
        if len(taken) >= min(count, len(best_first)) or spacing < _MIN_SPACING:
            return tuple(sorted(taken))
        spacing /= 2
