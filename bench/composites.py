"""Whether stills keep out of pictures that are made of two or spoilt for a while, and whether joints are found.

`python -m bench.composites`: FOOTAGE_BENCH_FILMS (default 30, of seven planted stretches each), FOOTAGE_CORPUS. A joint
is found where a span or a boundary of the analysis meets it, within six frames; PySceneDetect's best beside it.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction

import cv2
import numpy as np
from scenedetect import FrameTimecode, SceneDetector
from scenedetect.detectors import AdaptiveDetector, ContentDetector, HashDetector, HistogramDetector

from bench.composite_films import JOINED, Film, Planted
from bench.jobs import CORPUS
from bench.shot_films import RATE, Frame
from bench.shots import Score
from pipelines.domain.model import Analysis, Editing, Sampling, Span
from pipelines.domain.planning.video import TINY
from pipelines.domain.selection.highlights import choose
from pipelines.domain.selection.stills import alike
from pipelines.tools.video.analysis import FrameAnalyser, TinyAnalyser
from pipelines.tools.video.storyboard import Tiles
from worker.app import load_campaign

_FILMS = int(os.environ.get("FOOTAGE_BENCH_FILMS", "30"))
_FIRST_SEED = 500
_BESIDE = 6  # frames
_EVERY = 6  # frames between two samples
_KEYS = 4  # seconds between two key frames
_LEAST = 0.9
_LIGHTS, _COMPOSED = ("flash", "exposure"), ("typing", "half")
_DETECTORS: tuple[type[SceneDetector], ...] = (AdaptiveDetector, ContentDetector, HashDetector, HistogramDetector)


def main() -> None:
    ours, theirs = Score(), {kind.__name__: Score() for kind in _DETECTORS}
    planted, inside, missed = Counter[str](), Counter[str](), Counter[str]()
    stills = 0
    for seed in range(_FIRST_SEED, _FIRST_SEED + _FILMS):
        film = Film(seed, CORPUS)
        frames = [*film.frames()]
        analysis = _analysed(frames)
        planted.update(it.kind for it in film.planted)
        for time, span in _stills(analysis, len(frames)):
            stills += 1
            inside.update(_kinds_at(film.planted, time, span))
        _score(ours, missed, film, _found(analysis))
        for kind in _DETECTORS:
            _score(theirs[kind.__name__], Counter(), film, [(at, at) for at in _detected(kind(), frames)])
    _tell(planted, inside, stills, missed)
    print(f"ours: {_told(ours)}")
    for name, score in theirs.items():
        print(f"PySceneDetect {name}: {_told(score)}")
    sys.exit(0 if not inside and _held(ours) else 1)


def _tell(planted: Counter[str], inside: Counter[str], stills: int, missed: Counter[str]) -> None:
    print(f"{planted.total()} stretches: {dict(planted)}")
    print(f"{inside.total()} of {stills} stills and posters inside one: {dict(inside)}")
    print(f"joints not found: {dict(missed)}")


def _told(score: Score) -> str:
    return f"precision {score.right / max(1, score.found):.3f}, recall {score.right / max(1, score.there):.3f}"


def _held(score: Score) -> bool:
    return min(score.right / max(1, score.found), score.right / max(1, score.there)) >= _LEAST


def _analysed(frames: Sequence[Frame]) -> Analysis:
    rate, sampling = Fraction(RATE), Sampling(Fraction(RATE, _EVERY), 320, 180, Fraction(RATE))
    large = FrameAnalyser(sampling, len(frames), Tiles(sampling, 40, 20))
    tiny = TinyAnalyser(sampling, len(frames))
    for number, frame in enumerate(frames):
        if number % _EVERY == 0:
            large(frame.tobytes())
        tiny(np.asarray(cv2.resize(frame, TINY, interpolation=cv2.INTER_LINEAR), np.uint8).tobytes())
    return large.analysis((), tiny, (), len(frames) / rate)


def _stills(analysis: Analysis, frames: int) -> Iterable[tuple[Fraction, Span]]:
    """The moments chosen, and the spans out of which the stills are taken: the sharpest picture around each."""
    duration = Fraction(frames, RATE)
    keys = [Fraction(n) for n in range(0, int(duration), _KEYS)]
    stills = choose(analysis, keys, duration, _editing(), Fraction(RATE)).stills
    return [(time, (time, time) if time in keys else alike(analysis, time, stills)) for time in stills]


def _editing() -> Editing:
    profile = load_campaign("jiexi-2020").video_profile("zhubo")
    return Editing(*(3, 4, 8, 0, 5, None, profile.stills, (("motion", 1.0),)), (), *(5, 20, 160, profile.jpeg_quality))


def _kinds_at(planted: Sequence[Planted], time: Fraction, span: Span) -> list[str]:
    """A frame in another light is never taken out of a span: for those, the moment alone counts."""
    met = [(it, (time, time) if it.kind in _LIGHTS else span) for it in planted]
    return [it.kind for it, (start, end) in met if it.first <= end * RATE and start * RATE <= it.last][:1]


def _found(analysis: Analysis) -> list[tuple[int, int]]:
    spans = [*analysis.transitions, *analysis.mixed]
    inside = [shot for shot in analysis.shots if not any(a <= shot <= b for a, b in spans)]
    whole = sorted([*spans, *((shot, shot) for shot in inside)])
    return [(round(a * RATE), round(b * RATE)) for a, b in whole]


def _score(score: Score, missed: Counter[str], film: Film, found: Sequence[tuple[int, int]]) -> None:
    """Score what was found. Cuts around slides, and what is composed otherwise, are not asked for and not wrong."""
    joins = [it for it in film.planted if it.kind in JOINED]
    meets = [
        {n for n, (a, b) in enumerate(found) if a - _BESIDE <= it.last and it.first <= b + _BESIDE} for it in joins
    ]
    others = [*film.cuts, *(edge for it in film.planted if it.kind in _COMPOSED for edge in range(it.first, it.last))]
    cuts = {n for n, (a, b) in enumerate(found) if any(a - _BESIDE <= at <= b + _BESIDE for at in others)}
    right = set[int]().union(*meets)
    score.there += len(joins)
    score.right += sum(map(bool, meets))
    score.found += sum(map(bool, meets)) + len(set(range(len(found))) - right - cuts)
    missed.update(it.kind for it, met in zip(joins, meets, strict=True) if not met)


def _detected(detector: SceneDetector, frames: Sequence[Frame]) -> list[int]:
    found = []
    for number, frame in enumerate(frames):
        found += detector.process_frame(FrameTimecode(number, fps=float(RATE)), frame)
    found += detector.post_process(FrameTimecode(len(frames) - 1, fps=float(RATE)))
    return [cut.frame_num for cut in found]


if __name__ == "__main__":
    main()
