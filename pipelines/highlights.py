"""Analysis becomes choices: which stretches are highlights, which moments are stills, and why. Pure.

First scoring, meant to be deepened: a sample's worth is the weighted sum of its ranks within its own footage
(a dim factory is judged against itself), a clip's worth is the mean of its samples.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from pipelines.model import Analysis, Cut, Edit, Editing, Sample

_BLACK_LUMA, _BLACK_CONTRAST = (
    28.0,
    14.0,
)  # limited-range black is 16; noise and captions stay under the second
_FROZEN_MOTION = 0.02  # mean absolute difference; an encoded still picture stays under it
_QUIET, _LOUD = -50.0, -14.0  # LKFS, momentary: where a voice begins to be heard, and a shout
_NEAR_A_SHOT = Fraction(3, 10)  # seconds; a still this near a boundary may fall within a dissolve
_MIN_SPACING = Fraction(1, 30)


def choose(analysis: Analysis, keyframes: Sequence[Fraction], duration: Fraction, editing: Editing) -> Edit:
    """Clips, stills and poster. `keyframes`: key frame times of the finished master, rising, the first one 0."""
    ranks = _Ranks.of(analysis, editing)
    stills = _stills(analysis, ranks, keyframes, duration, editing.stills)
    poster = max(stills, key=lambda time: ranks.beauty[_index(analysis, time)])
    return Edit(highlight(analysis, keyframes, duration, editing), stills, poster)


def highlight(
    analysis: Analysis, keyframes: Sequence[Fraction], duration: Fraction, editing: Editing
) -> tuple[Cut, ...]:
    """As many clips as the programme wants and the footage holds, in order of time, none overlapping.

    Among all ways to place that many clips on the key frames, the one with the best total. Stretches that are
    mostly black are never clips.
    """
    ranks = _Ranks.of(analysis, editing)
    points = [*keyframes, duration]
    windows = list(_windows(points, duration, editing))
    scored = [_cut(analysis, ranks, points[i], points[j]) for i, j in windows]
    usable = [(i, j, cut) for (i, j), cut in zip(windows, scored, strict=True) if cut is not None]
    return _best_disjoint(usable, len(points), editing.clips)


def is_black(sample: Sample) -> bool:
    """Nothing to see: dark and without contrast."""
    return sample.luma < _BLACK_LUMA and sample.contrast < _BLACK_CONTRAST


def is_frozen(sample: Sample) -> bool:
    """The same picture as the one before."""
    return sample.motion < _FROZEN_MOTION


@dataclass(frozen=True, slots=True)
class _Ranks:
    """Every quality of every sample between 0 and 1, and sums up to each sample so that any mean is one step."""

    sharpness: Sequence[float]
    motion: Sequence[float]
    loudness: Sequence[float]
    beauty: Sequence[float]
    worth_up_to: Sequence[float]
    black_up_to: Sequence[int]

    @classmethod
    def of(cls, analysis: Analysis, editing: Editing) -> _Ranks:
        samples = analysis.samples
        weights = dict(editing.weights)
        sharpness = _ranked([s.sharpness for s in samples])
        motion = _ranked([s.motion for s in samples])
        loudness = [_audible(s.loudness) for s in samples]
        worth = [
            weights["sharpness"] * sharp + weights["motion"] * move + weights["loudness"] * loud - _penalty(s)
            for s, sharp, move, loud in zip(samples, sharpness, motion, loudness, strict=True)
        ]
        beauty = [sharp + _exposure(s) for s, sharp in zip(samples, sharpness, strict=True)]
        black = [int(is_black(s)) for s in samples]
        return cls(sharpness, motion, loudness, beauty, _sums(worth), list(accumulate(black, initial=0)))


def _sums(values: Iterable[float]) -> list[float]:
    return list(accumulate(values, initial=0.0))


def _ranked(values: Sequence[float]) -> list[float]:
    """Each value's share of the others that are smaller or equal, 0 to 1."""
    ordered = sorted(values)
    return [bisect_right(ordered, value) / len(ordered) for value in values]


def _audible(loudness: float) -> float:
    return min(1.0, max(0.0, (loudness - _QUIET) / (_LOUD - _QUIET)))


def _penalty(sample: Sample) -> float:
    return 4.0 if is_black(sample) else 1.0 if is_frozen(sample) else 0.0


def _exposure(sample: Sample) -> float:
    """1 for a mid-tone picture with contrast, towards 0 for a dark, burnt out or flat one."""
    return (1 - abs(sample.luma - 118) / 137) * min(1.0, sample.contrast / 40)


def _windows(points: Sequence[Fraction], duration: Fraction, editing: Editing) -> Iterable[tuple[int, int]]:
    """Pairs of key frames a clip's length apart; shorter at most where the footage must hold several clips."""
    longest = max(Fraction(editing.clip_min), min(Fraction(editing.clip_max), duration / editing.clips))
    for i, start in enumerate(points[:-1]):
        first = bisect_left(points, start + editing.clip_min)
        last = bisect_right(points, start + longest)
        if last <= first < len(points) and points[first] - start <= editing.clip_max:
            last = first + 1  # a scene cut moved the grid: the next key frame, still within the programme's length
        yield from ((i, j) for j in range(first, last))


def _cut(analysis: Analysis, ranks: _Ranks, start: Fraction, end: Fraction) -> Cut | None:
    first, last = _index(analysis, start), max(_index(analysis, start) + 1, _index(analysis, end))
    count = last - first
    if 2 * (ranks.black_up_to[last] - ranks.black_up_to[first]) > count:
        return None
    on_a_shot = any(abs(shot - start) <= analysis.step for shot in _between(analysis.shots, start, analysis.step))
    worth = (ranks.worth_up_to[last] - ranks.worth_up_to[first]) / count + (0.1 if on_a_shot else 0)
    # Between equals the longer clip: a tenth for every ten seconds.
    return Cut(
        start,
        end,
        round(worth + float(end - start) / 100, 4),
        _reasons(analysis, ranks, first, last, on_a_shot),
    )


def _between(shots: Sequence[Fraction], time: Fraction, margin: Fraction) -> Sequence[Fraction]:
    return shots[bisect_left(shots, time - margin) : bisect_right(shots, time + margin)]


def _reasons(analysis: Analysis, ranks: _Ranks, first: int, last: int, on_a_shot: bool) -> tuple[str, ...]:
    sharp, move = _mean(ranks.sharpness[first:last]), _mean(ranks.motion[first:last])
    loud = _mean([s.loudness for s in analysis.samples[first:last]])
    reasons = []
    if sharp > 0.5:
        reasons.append(f"画面清晰，优于全片 {sharp:.0%} 的画面")
    if move > 0.5:
        reasons.append(f"动作明显，优于全片 {move:.0%} 的画面")
    if loud > _QUIET:
        reasons.append(f"声音清楚，平均 {loud:.0f} LKFS")
    if on_a_shot:
        reasons.append("从镜头切换处开始")
    return tuple(reasons) or ("全片较均匀，按位置选取",)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _index(analysis: Analysis, time: Fraction) -> int:
    return min(len(analysis.samples) - 1, round(time / analysis.step))


def _best_disjoint(windows: Sequence[tuple[int, int, Cut]], points: int, count: int) -> tuple[Cut, ...]:
    """The `count` windows (or as many as fit) that don't overlap and score most together.

    best[k][j]: the best total of k windows that end at or before point j; a choice of k + 1 beats any of k.
    """
    ending: dict[int, list[tuple[int, Cut]]] = {}
    for i, j, cut in windows:
        ending.setdefault(j, []).append((i, cut))
    nothing: tuple[float, tuple[Cut, ...]] | None = None
    best: list[list[tuple[float, tuple[Cut, ...]] | None]] = [[(0.0, ())] * points]
    for k in range(count):
        row = [nothing] * points
        for j in range(1, points):
            options = [
                (before[0] + cut.score, (*before[1], cut)) for i, cut in ending.get(j, ()) if (before := best[k][i])
            ]
            row[j] = max(
                [*options, *([row[j - 1]] if row[j - 1] else [])],
                key=lambda o: o[0] if o else 0,
                default=None,
            )
        best.append(row)
    return next(row[-1][1] for row in reversed(best) if row[-1] is not None)


def _stills(
    analysis: Analysis, ranks: _Ranks, keyframes: Sequence[Fraction], duration: Fraction, count: int
) -> tuple[Fraction, ...]:
    """`count` moments from the sharper half, none black, apart from each other and from shot boundaries."""
    candidates = _sharp(analysis, [i for i, s in enumerate(analysis.samples) if not is_black(s)])
    candidates = _prefer(candidates, lambda i: not _between(analysis.shots, i * analysis.step, _NEAR_A_SHOT), count)
    on_key = set(keyframes)
    # A key frame costs one decoded frame, any other half a GOP of them.
    candidates = _prefer(candidates, lambda i: i * analysis.step in on_key, count * 5)
    candidates = candidates or [max(range(len(ranks.beauty)), key=ranks.beauty.__getitem__)]
    best_first = sorted(candidates, key=lambda i: -ranks.beauty[i])
    return _spread([i * analysis.step for i in best_first], duration, count)


def _sharp(analysis: Analysis, indices: list[int]) -> list[int]:
    ordered = sorted(analysis.samples[i].sharpness for i in indices)
    return [i for i in indices if analysis.samples[i].sharpness >= ordered[len(ordered) // 2]]


def _prefer(indices: list[int], wanted: Callable[[int], bool], enough: int) -> list[int]:
    """Those that are wanted, where that leaves enough of them."""
    kept = [i for i in indices if wanted(i)]
    return kept if len(kept) >= enough else indices


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
