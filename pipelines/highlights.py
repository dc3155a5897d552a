"""Analysis becomes choices: which stretches are highlights, which moments are stills, and why. Pure.

A clip's worth is the mean of its samples' worth; of all ways to place the clips, the best total wins.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipelines.model import Analysis, Cut, Edit, Editing
from pipelines.ranking import QUIET, Ranks, held_to, index_at, shots_near
from pipelines.stills import pick_stills


def choose(analysis: Analysis, keyframes: Sequence[Fraction], duration: Fraction, editing: Editing) -> Edit:
    """Clips, stills and poster. `keyframes`: key frame times of the finished master, rising, the first one 0."""
    ranks = Ranks.of(analysis, editing)
    stills = pick_stills(analysis, ranks, keyframes, duration, editing.stills)
    poster = max(stills, key=lambda time: ranks.beauty[index_at(analysis, time)])
    return Edit(highlight(analysis, keyframes, duration, editing), stills, poster)


def highlight(
    analysis: Analysis, keyframes: Sequence[Fraction], duration: Fraction, editing: Editing
) -> tuple[Cut, ...]:
    """As many clips as the programme wants and the footage holds, in order of time, none overlapping.

    Among all ways to place that many clips on the key frames, the one with the best total. Stretches that are
    mostly black are never clips.
    """
    analysis = held_to(analysis, duration)
    ranks = Ranks.of(analysis, editing)
    points = [*keyframes, duration]
    windows = list(_windows(points, duration, editing))
    scored = [_cut(analysis, ranks, points[i], points[j]) for i, j in windows]
    usable = [(i, j, cut) for (i, j), cut in zip(windows, scored, strict=True) if cut is not None]
    return _best_disjoint(usable, len(points), editing.clips)


def _windows(points: Sequence[Fraction], duration: Fraction, editing: Editing) -> Iterable[tuple[int, int]]:
    """Pairs of key frames a clip's length apart; shorter at most where the footage must hold several clips."""
    longest = max(Fraction(editing.clip_min), min(Fraction(editing.clip_max), duration / editing.clips))
    for i, start in enumerate(points[:-1]):
        first = bisect_left(points, start + editing.clip_min)
        last = bisect_right(points, start + longest)
        if last <= first < len(points) and points[first] - start <= editing.clip_max:
            last = first + 1  # a scene cut moved the grid: the next key frame, still within the programme's length
        yield from ((i, j) for j in range(first, last))


def _cut(analysis: Analysis, ranks: Ranks, start: Fraction, end: Fraction) -> Cut | None:
    first, last = (
        index_at(analysis, start),
        min(len(analysis.samples), max(index_at(analysis, start) + 1, round(end / analysis.step))),
    )
    count = last - first
    if 2 * (ranks.black_up_to[last] - ranks.black_up_to[first]) > count:
        return None
    on_a_shot = any(abs(shot - start) <= analysis.step for shot in shots_near(analysis.shots, start, analysis.step))
    worth = (ranks.worth_up_to[last] - ranks.worth_up_to[first]) / count + (0.1 if on_a_shot else 0)
    # Between equals the longer clip: a tenth for every ten seconds.
    return Cut(
        start,
        end,
        round(worth + float(end - start) / 100, 4),
        _reasons(analysis, ranks, first, last, on_a_shot),
    )


def _reasons(analysis: Analysis, ranks: Ranks, first: int, last: int, on_a_shot: bool) -> tuple[str, ...]:
    sharp, move = _mean(ranks.sharpness[first:last]), _mean(ranks.motion[first:last])
    loud = _mean([s.loudness for s in analysis.samples[first:last]])
    reasons = []
    if sharp > 0.5:
        reasons.append(f"画面清晰，优于全片 {sharp:.0%} 的画面")
    if move > 0.5:
        reasons.append(f"动作明显，优于全片 {move:.0%} 的画面")
    if loud > QUIET:
        reasons.append(f"声音清楚，平均 {loud:.0f} LKFS")
    if on_a_shot:
        reasons.append("从镜头切换处开始")
    return tuple(reasons) or ("全片较均匀，按位置选取",)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


@dataclass(frozen=True, slots=True)
class _Choice:
    """Some windows that don't overlap, and their total."""

    total: float = 0.0
    cuts: tuple[Cut, ...] = ()

    def with_cut(self, cut: Cut) -> _Choice:
        return _Choice(self.total + cut.score, (*self.cuts, cut))


def _best_disjoint(windows: Sequence[tuple[int, int, Cut]], points: int, count: int) -> tuple[Cut, ...]:
    """The `count` windows (or as many as fit) that don't overlap and score most together.

    best[j] is the best choice of so many windows that end at or before point j; one more window always wins.
    """
    ending: dict[int, list[tuple[int, Cut]]] = {}
    for i, j, cut in windows:
        ending.setdefault(j, []).append((i, cut))
    best: list[_Choice | None] = [_Choice()] * points
    for _ in range(count):
        longer = _one_more(best, ending)
        if longer[-1] is None:
            break
        best = longer
    return best[-1].cuts if best[-1] else ()


def _one_more(best: Sequence[_Choice | None], ending: Mapping[int, list[tuple[int, Cut]]]) -> list[_Choice | None]:
    longer: list[_Choice | None] = [None]
    for j in range(1, len(best)):
        options = [before.with_cut(cut) for i, cut in ending.get(j, ()) if (before := best[i])]
        options += [kept] if (kept := longer[-1]) else []
        longer.append(max(options, key=lambda choice: choice.total, default=None))
    return longer
