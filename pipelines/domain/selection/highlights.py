"""Choose a film's clips, stills, poster and reel from its analysis.

A stretch is worth the sum of its qualities, by the programme's weights. Of all ways to place the clips, the one with
the best total wins. A scene that is shown already counts for less.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipelines.domain.model import Analysis, Cut, Edit, Editing
from pipelines.domain.selection.cut_points import cut_points
from pipelines.domain.selection.ranking import (
    Ranks,
    Sums,
    index_at,
    is_near_shot,
    is_on_shot,
    telling_from,
    telling_until,
)
from pipelines.domain.selection.reasons import reasons
from pipelines.domain.selection.reels import Joints, choose_reel, shared_by_two
from pipelines.domain.selection.scenes import Scenes
from pipelines.domain.selection.seen import Seen
from pipelines.domain.selection.stills import pick_stills

_SHOT = 0.1  # worth added for a beginning, and for an end, at a shot boundary
_CHEAP = 0.03  # worth added for a beginning at a key frame, and for an end before one: nothing has to be encoded
_LONGER = 0.01  # worth added per second: between equals the longer clip wins
_APART = Fraction(3)  # seconds between two clips; nearer, they are one run to a viewer
_REPEATED = 0.4  # factor on the worth of a clip whose scene a better clip shows already


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch between two cut points, given by their indices, with its worth and its scenes."""

    first: int
    last: int
    worth: float
    scenes: frozenset[int]


def choose(
    analysis: Analysis, keyframes: Sequence[Fraction], duration: Fraction, editing: Editing, rate: Fraction
) -> Edit:
    """Return the clips, stills, poster and reel of a film.

    `keyframes`: times of the master's key frames; `duration`: seconds; `rate`: the master's frames per second.
    """
    ranks = Ranks.of(analysis)
    stills = pick_stills(analysis, ranks, keyframes, duration, editing.stills)
    poster = max(stills, key=lambda time: ranks.beauty[index_at(analysis, time)])
    points = cut_points(analysis, duration, rate, keyframes)
    seen = Seen.of(analysis, points[-1], ranks)
    cuts = highlight(seen, points, editing, frozenset(keyframes))
    return Edit(cuts, stills, poster, _reel(seen, keyframes, rate, duration, editing) if editing.reel_seconds else ())


def _reel(
    seen: Seen, keyframes: Sequence[Fraction], rate: Fraction, duration: Fraction, editing: Editing
) -> tuple[Cut, ...]:
    """Return the reel. Between equals, its joints lie at key frames that are clear of shot boundaries.

    Each side of a dissolve has to show a single shot.
    """
    shots, shared = seen.analysis.shots, shared_by_two(rate)
    joints = Joints.at([key for key in keyframes if not is_near_shot(shots, key, shared)], shared)
    points = cut_points(seen.analysis, duration, rate, (*joints.starts, *joints.ends))
    return choose_reel(seen, points, editing, joints)


def highlight(
    seen: Seen, points: Sequence[Fraction], editing: Editing, cheap: Collection[Fraction] = ()
) -> tuple[Cut, ...]:
    """Return as many clips as the programme wants and the footage holds, in time order, without overlap.

    Each clip runs from one of the `points` to another (rising, the last one is the film's end). None crosses a spoilt
    stretch. None crosses a frozen stretch, unless there is nothing else. `cheap`: the points at which a clip begins or
    ends with nothing to encode.
    """
    analysis, ranks, scenes = seen.analysis, seen.ranks, seen.scenes
    sums = Sums.of(ranks, editing.weights)
    since, until = ([tells(analysis, point) for point in points] for tells in (telling_from, telling_until))
    told = {span: (since[span[0]], max(since[span[0]] + 1, until[span[1]])) for span in _spans(points, editing)}
    clean = [span for span in told if sums.mean("spoilt", *told[span]) <= 0]
    lively = [span for span in clean if sums.mean("frozen", *told[span]) <= 0]
    bounds = [_Bound.at(point, analysis, cheap) for point in points]
    windows = [_window(sums, scenes, bounds, span) for span in lively or clean]
    chosen = _varied(windows, points, editing.clips)
    return tuple(
        Cut(points[w.first], points[w.last], round(w.worth, 4), reasons(analysis, ranks, *_ends(points, w)))
        for w in chosen
    )


def _ends(points: Sequence[Fraction], window: Stretch) -> tuple[Fraction, Fraction]:
    return points[window.first], points[window.last]


def _spans(points: Sequence[Fraction], editing: Editing) -> Iterable[tuple[int, int]]:
    """Yield the index pairs of points that are a clip's length apart.

    The longest length is at most the film's length divided by the number of clips, so that all of them fit.
    """
    longest = max(Fraction(editing.clip_min), min(Fraction(editing.clip_max), points[-1] / editing.clips))
    for i, start in enumerate(points[:-1]):
        first = bisect_left(points, start + editing.clip_min)
        last = bisect_right(points, start + longest)
        if last <= first < len(points) and points[first] - start <= editing.clip_max:
            last = first + 1  # the next point is further, but within the programme's longest clip
        yield from ((i, j) for j in range(first, last))


@dataclass(frozen=True, slots=True)
class _Bound:
    """A point where a clip may begin or end; worked out once, as many windows share it.

    `sample`: the number of the sample nearest to it; it may be past the last one.
    """

    time: Fraction
    sample: int
    on_shot: bool
    cheap: bool

    @classmethod
    def at(cls, point: Fraction, analysis: Analysis, cheap: Collection[Fraction]) -> _Bound:
        """Return what counts of a point."""
        return cls(point, round(point / analysis.step), is_on_shot(analysis, point), point in cheap)


def _window(sums: Sums, scenes: Scenes, bounds: Sequence[_Bound], span: tuple[int, int]) -> Stretch:
    start, end = (bounds[n] for n in span)
    length = end.time - start.time
    first = min(sums.samples - 1, start.sample)
    worth = sums.worth(first, min(sums.samples, max(first + 1, end.sample))) + float(length) * _LONGER
    worth += _CHEAP * (start.cheap + end.cheap)
    worth += _SHOT * (start.on_shot + end.on_shot)
    quarter = length / 4
    return Stretch(*span, worth, frozenset(scenes.at(start.time + n * quarter) for n in (1, 2, 3)))


def _varied(windows: Sequence[Stretch], points: Sequence[Fraction], count: int) -> tuple[Stretch, ...]:
    """Return the best windows, in time order; every clip of a scene but its best counts `_REPEATED` of its worth.

    They lie apart, unless that would cost a clip.
    """
    before = [bisect_right(points, point - _APART) - 1 for point in points]
    apart = _of_scenes(windows, before, count)
    if len(apart) == count:
        return apart
    close = _of_scenes(windows, range(len(points)), count)
    return close if len(close) > len(apart) else apart


def _of_scenes(windows: Sequence[Stretch], before: Sequence[int], count: int) -> tuple[Stretch, ...]:
    owners: dict[int, Stretch] = {}
    for _ in range(count):
        chosen = _best_disjoint(windows, before, count, owners)
        repeated = _repeated(chosen)
        if repeated.keys() <= owners.keys():
            break
        owners |= repeated
    return chosen


def _repeated(chosen: Collection[Stretch]) -> dict[int, Stretch]:
    """Return the best window of each scene that is shown more than once."""
    by_scene: dict[int, list[Stretch]] = {}
    for window in chosen:
        for scene in window.scenes:
            by_scene.setdefault(scene, []).append(window)
    return {scene: max(same, key=lambda w: w.worth) for scene, same in by_scene.items() if len(same) > 1}


@dataclass(frozen=True, slots=True)
class _Choice:
    """A set of windows that don't overlap, with their total worth."""

    total: float = 0.0
    windows: tuple[Stretch, ...] = ()


def _best_disjoint(
    windows: Sequence[Stretch], before: Sequence[int], count: int, owners: Mapping[int, Stretch]
) -> tuple[Stretch, ...]:
    """Return the `count` windows (or as many as fit) that don't overlap and have the greatest total worth.

    Dynamic programming: best[j] is the best choice of n windows that end at or before point j. A choice with one more
    window always wins. `before`: for each point, the last one at which the window before it may end; -1: there is none.
    `owners`: by scene, the one window that counts in full.
    """
    ending: dict[int, list[tuple[float, Stretch]]] = {}
    for window in windows:
        repeats = any(owners.get(scene, window) != window for scene in window.scenes)
        counts = window.worth * (_REPEATED if repeats else 1.0)
        ending.setdefault(window.last, []).append((counts, window))
    best: list[_Choice | None] = [_Choice()] * len(before)
    for _ in range(count):
        longer = _one_more(best, ending, before)
        if longer[-1] is None:
            break
        best = longer
    return best[-1].windows if best[-1] else ()


def _one_more(
    best: Sequence[_Choice | None], ending: Mapping[int, list[tuple[float, Stretch]]], before: Sequence[int]
) -> list[_Choice | None]:
    """Return the table for one window more than `best` has."""
    longer: list[_Choice | None] = [None]
    for j in range(1, len(best)):
        top = longer[-1]
        for counts, window in ending.get(j, ()):
            earlier = best[max(0, before[window.first])]
            if earlier and (top is None or earlier.total + counts > top.total):
                top = _Choice(earlier.total + counts, (*earlier.windows, window))
        longer.append(top)
    return longer
