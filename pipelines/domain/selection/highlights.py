"""Analysis becomes choices: which stretches are highlights, which moments are stills, and why. Pure.

A stretch is worth what its qualities are, by the programme's weights; of all ways to place the clips, the best total
wins, and a scene that is shown already counts for less.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipelines.domain.model import Analysis, Cut, Edit, Editing
from pipelines.domain.selection.cut_points import cut_points
from pipelines.domain.selection.ranking import Ranks, Sums, index_at, shots_near, telling_from, telling_until
from pipelines.domain.selection.reasons import reasons
from pipelines.domain.selection.reels import Joints, choose_reel, shared_by_two
from pipelines.domain.selection.scenes import Scenes
from pipelines.domain.selection.seen import Seen
from pipelines.domain.selection.stills import pick_stills

_SHOT = 0.1  # worth of beginning, and of ending, with a shot
_CHEAP = 0.03  # worth of beginning with a key frame, and of ending before one: nothing has to be encoded
_LONGER = 0.01  # worth of a second: between equals the longer clip
_REPEATED = 0.4  # of its worth is what counts of a scene that a better clip shows already


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch between two of the points, by their indices, and what it is worth."""

    first: int
    last: int
    worth: float
    scenes: frozenset[int]


def choose(
    analysis: Analysis, keyframes: Sequence[Fraction], duration: Fraction, editing: Editing, rate: Fraction
) -> Edit:
    """Clips, stills, poster and reel. `keyframes`: times of the master's key frames; `rate`: its frames a second."""
    ranks = Ranks.of(analysis)
    stills = pick_stills(analysis, ranks, keyframes, duration, editing.stills)
    poster = max(stills, key=lambda time: ranks.beauty[index_at(analysis, time)])
    points = cut_points(analysis, duration, rate, keyframes)
    seen = Seen.of(analysis, points[-1])
    cuts = highlight(seen, points, editing, frozenset(keyframes))
    return Edit(cuts, stills, poster, _reel(seen, keyframes, rate, duration, editing) if editing.reel_seconds else ())


def _reel(
    seen: Seen, keyframes: Sequence[Fraction], rate: Fraction, duration: Fraction, editing: Editing
) -> tuple[Cut, ...]:
    """Joined, between equals, where a key frame is that does not begin a shot: a dissolve shows one shot alone."""
    shots, shared = seen.analysis.shots, shared_by_two(rate)
    joints = Joints.at([key for key in keyframes if not shots_near(shots, key, shared)], shared)
    points = cut_points(seen.analysis, duration, rate, (*joints.starts, *joints.ends))
    return choose_reel(seen, points, editing, joints)


def highlight(
    seen: Seen, points: Sequence[Fraction], editing: Editing, cheap: Collection[Fraction] = ()
) -> tuple[Cut, ...]:
    """As many clips as the programme wants and the footage holds, in order of time, none overlapping.

    Each from one of the `points` (rising, the last one the film's end) to another; none crosses what is spoilt, and
    none what stands still, unless there is nothing else. `cheap`: where a clip begins or ends with nothing to encode.
    """
    analysis, ranks, scenes = seen.analysis, seen.ranks, seen.scenes
    sums = Sums.of(ranks, editing.weights)
    since, until = ([tells(analysis, point) for point in points] for tells in (telling_from, telling_until))
    told = {span: (since[span[0]], max(since[span[0]] + 1, until[span[1]])) for span in _spans(points, editing)}
    clean = [span for span in told if sums.mean("spoilt", *told[span]) <= 0]
    lively = [span for span in clean if sums.mean("frozen", *told[span]) <= 0]
    free = [point in cheap for point in points]
    windows = [_window(analysis, sums, scenes, points, span, free) for span in lively or clean]
    chosen = _varied(windows, len(points), editing.clips)
    return tuple(
        Cut(points[w.first], points[w.last], round(w.worth, 4), reasons(analysis, ranks, *_ends(points, w)))
        for w in chosen
    )


def _ends(points: Sequence[Fraction], window: Window) -> tuple[Fraction, Fraction]:
    return points[window.first], points[window.last]


def _spans(points: Sequence[Fraction], editing: Editing) -> Iterable[tuple[int, int]]:
    """Pairs of points a clip's length apart; shorter at most where the footage must hold several clips."""
    longest = max(Fraction(editing.clip_min), min(Fraction(editing.clip_max), points[-1] / editing.clips))
    for i, start in enumerate(points[:-1]):
        first = bisect_left(points, start + editing.clip_min)
        last = bisect_right(points, start + longest)
        if last <= first < len(points) and points[first] - start <= editing.clip_max:
            last = first + 1  # the next point is further, still within the programme's length
        yield from ((i, j) for j in range(first, last))


def _samples(analysis: Analysis, points: Sequence[Fraction], span: tuple[int, int]) -> tuple[int, int]:
    first = index_at(analysis, points[span[0]])
    return first, min(len(analysis.samples), max(first + 1, round(points[span[1]] / analysis.step)))


def _window(
    analysis: Analysis,
    sums: Sums,
    scenes: Scenes,
    points: Sequence[Fraction],
    span: tuple[int, int],
    free: Sequence[bool],
) -> Window:
    start, end = (points[n] for n in span)
    worth = sums.worth(*_samples(analysis, points, span)) + float(end - start) * _LONGER
    worth += _CHEAP * sum(free[n] for n in span)
    frame = analysis.step / 4
    worth += _SHOT * sum(bool(shots_near(analysis.shots, time, frame)) for time in (start, end))
    shown = frozenset(scenes.at(start + (end - start) * part / 4) for part in (1, 2, 3))
    return Window(*span, worth, shown)


def _varied(windows: Sequence[Window], points: int, count: int) -> tuple[Window, ...]:
    """The best of them, in order of time; a second clip of a scene only where it is better by as much."""
    owners: dict[int, Window] = {}
    for _ in range(count):
        chosen = _best_disjoint(windows, points, count, owners)
        repeated = _repeated(chosen)
        if repeated.keys() <= owners.keys():
            break
        owners |= repeated
    return chosen


def _repeated(chosen: Collection[Window]) -> dict[int, Window]:
    """Of each scene that is there more than once, its best window."""
    by_scene: dict[int, list[Window]] = {}
    for window in chosen:
        for scene in window.scenes:
            by_scene.setdefault(scene, []).append(window)
    return {scene: max(same, key=lambda w: w.worth) for scene, same in by_scene.items() if len(same) > 1}


@dataclass(frozen=True, slots=True)
class _Choice:
    """Some windows that don't overlap, and their total."""

    total: float = 0.0
    windows: tuple[Window, ...] = ()


def _best_disjoint(
    windows: Sequence[Window], points: int, count: int, owners: Mapping[int, Window]
) -> tuple[Window, ...]:
    """The `count` windows (or as many as fit) that don't overlap and are worth most together.

    best[j] is the best choice of so many windows that end at or before point j; one more window always wins.
    """
    ending: dict[int, list[tuple[float, Window]]] = {}
    for window in windows:
        repeats = any(owners.get(scene, window) != window for scene in window.scenes)
        counts = window.worth * (_REPEATED if repeats else 1.0)
        ending.setdefault(window.last, []).append((counts, window))
    best: list[_Choice | None] = [_Choice()] * points
    for _ in range(count):
        longer = _one_more(best, ending)
        if longer[-1] is None:
            break
        best = longer
    return best[-1].windows if best[-1] else ()


def _one_more(best: Sequence[_Choice | None], ending: Mapping[int, list[tuple[float, Window]]]) -> list[_Choice | None]:
    longer: list[_Choice | None] = [None]
    for j in range(1, len(best)):
        top = longer[-1]
        for counts, window in ending.get(j, ()):
            before = best[window.first]
            if before and (top is None or before.total + counts > top.total):
                top = _Choice(before.total + counts, (*before.windows, window))
        longer.append(top)
    return longer
