"""Footage as `choose` sees it: drawn by Hypothesis, or laid out by hand; and what must hold of whatever is chosen."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from hypothesis import strategies as st

from pipelines.domain.model import Analysis, Cut, Edit, Editing, Sample
from pipelines.domain.selection.cut_points import cut_points
from pipelines.domain.selection.highlights import choose
from pipelines.domain.selection.seen import Seen
from tests.unit.facts import BLACK, FROZEN, analysis, editing, sample

RATE = Fraction(30)
LIVELY = (
    sample(),
    sample(sharpness=900.0),
    sample(sharpness=40.0, motion=12.0),
    sample(loudness=-18.0),
    sample(luma=230.0, contrast=12.0),
)
BRIGHT = (*LIVELY, FROZEN)


@dataclass(frozen=True)
class Film:
    """What `choose` is given: an analysis, where the key frames are, how long the master is, what is wanted."""

    analysis: Analysis
    keyframes: tuple[Fraction, ...]
    duration: Fraction
    editing: Editing

    def choose(self) -> Edit:
        return choose(self.analysis, self.keyframes, self.duration, self.editing, RATE)

    @property
    def seen(self) -> Seen:
        """As the choice sees it."""
        return Seen.of(self.analysis, self.points[-1])

    @property
    def points(self) -> tuple[Fraction, ...]:
        """Where its clips may begin and end."""
        return cut_points(self.analysis, self.duration, RATE, self.keyframes)

    def shown(self, time: Fraction) -> Sample:
        """The sample on the screen at this time; the last one stays when the sound goes on."""
        return self.analysis.samples[min(len(self.analysis.samples) - 1, int(time / self.analysis.step))]

    def black(self, start: Fraction, end: Fraction) -> bool:
        """Whether black fills more than half of this stretch; both ends lie on samples."""
        step = self.analysis.step
        shown = [self.shown(start + n * step) for n in range(round((end - start) / step))]
        return 2 * shown.count(BLACK) > len(shown)

    def most(self) -> int:
        """How many clips of the programme's lengths could follow each other: the earliest end first, and so on."""
        shortest, longest = self.editing.clip_min, self.editing.clip_max
        points, count, at = self.points, 0, Fraction(0)
        while count < self.editing.clips:
            nearest = ((start, bisect_left(points, start + shortest)) for start in points if start >= at)
            ends = [points[n] for start, n in nearest if n < len(points) and points[n] - start <= longest]
            if not ends:
                break
            at, count = min(ends), count + 1
        return count


@st.composite
def films(draw: st.DrawFn, kinds: Sequence[Sample] = (*BRIGHT, BLACK, BLACK), held: bool = True) -> Film:
    """Any footage from one sample up, key frames on samples every GOP and wherever the scene changed."""
    step = draw(st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(1, 5)]))
    runs = draw(st.lists(st.tuples(st.sampled_from(kinds), st.integers(1, 12)), min_size=1, max_size=6))
    samples = [kind for kind, length in runs for _ in range(length)]
    gop = round(draw(st.sampled_from([1, 2])) / step)
    scenes = draw(st.sets(st.integers(0, len(samples) - 1), max_size=4))
    keys = tuple(n * step for n in sorted({*range(0, len(samples), gop), *scenes}))
    shortest = draw(st.integers(1, 6))
    wanted = editing(
        clips=draw(st.integers(1, 4)),
        clip_min=shortest,
        clip_max=shortest + draw(st.integers(0, 6)),
        stills=draw(st.integers(1, 6)),
    )
    duration = len(samples) * step + (draw(st.sampled_from([0, 0, 7])) if held else 0)
    return Film(analysis(samples, step, tuple(n * step for n in sorted(scenes - {0}))), keys, duration, wanted)


def minute(samples: list[Sample], shots: tuple[Fraction, ...] = (), **wanted: int) -> Film:
    """A sample a second, a key frame every other one."""
    keyframes = tuple(Fraction(n) for n in range(0, len(samples), 2))
    return Film(analysis(samples, shots=shots), keyframes, Fraction(len(samples)), editing(**wanted))


def dull(count: int) -> list[Sample]:
    """Moments nobody would choose: blurred, still and silent, each a little different."""
    return [sample(sharpness=30.0 + n % 7, motion=0.1 + n % 5 / 100, loudness=-70.0) for n in range(count)]


def check_cuts(film: Film, cuts: tuple[Cut, ...]) -> None:
    """What holds of the clips of any film."""
    assert all(cut.start in film.points and cut.end in film.points for cut in cuts)
    assert all(film.editing.clip_min <= cut.end - cut.start <= film.editing.clip_max for cut in cuts)
    assert all(before.end <= after.start for before, after in pairwise(cuts))
    assert all(cut.reasons and all(cut.reasons) for cut in cuts)
    assert len(cuts) <= film.most()


def check_stills(film: Film, edit: Edit) -> None:
    """What holds of the stills of any film: they come from the sharper two thirds of what can be seen."""
    samples, step = film.analysis.samples, film.analysis.step
    seen = sorted(moment.sharpness for moment in samples if moment != BLACK)
    candidates = sum(sharpness >= seen[len(seen) // 3] for sharpness in seen) if seen else 1
    assert len(edit.stills) == min(film.editing.stills, candidates)
    assert list(edit.stills) == sorted(set(edit.stills))
    assert all(0 <= time < len(samples) * step <= film.duration for time in edit.stills)
    assert not (seen and any(film.shown(time) == BLACK for time in edit.stills))
    assert edit.poster in edit.stills
