"""Whether the good moments of an event are found and the bad ones left out, in films where both are known.

`python -m bench.planted`: FOOTAGE_BENCH_FILMS (default 30), FOOTAGE_CORPUS. Beside what is chosen stand two simple
ways: PySceneDetect's longest scenes, and clips evenly spaced.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from scenedetect import AdaptiveDetector, detect

from bench.jobs import CORPUS
from bench.planted_films import GOOD, Pool, Stretch
from pipelines.domain.model import Refusal, VideoFacts
from pipelines.domain.planning.video import plan_video
from pipelines.sandbox.limits import Scratch
from pipelines.stages.probe import probe
from pipelines.stages.render import render
from worker.app import load_campaign

_FILMS = int(os.environ.get("FOOTAGE_BENCH_FILMS", "30"))
_FOUND, _BAD = 0.9, 0.05
_HALF = 0.5  # of a clip, or of a piece of the reel: as much of it shows the moment, which is found

Spans = Sequence[tuple[float, float]]


@dataclass(slots=True)
class Score:
    """How many good moments there were, how many were found, and the share of bad time in the worst clip."""

    good: int = 0
    found: int = 0
    worst: float = 0.0
    missed: list[str] = field(default_factory=list)

    def add(self, stretches: Sequence[Stretch], spans: Spans, film: int) -> None:
        for moment in (stretch for stretch in stretches if stretch.kind in GOOD):
            hit = any(_overlap(moment, span) >= _HALF * (span[1] - span[0]) for span in spans)
            self.good, self.found = self.good + 1, self.found + hit
            self.missed += [] if hit else [f"{film}:{moment.kind}"]
        bad = [stretch for stretch in stretches if stretch.kind not in (*GOOD, "ordinary")]
        shares = (sum(_overlap(stretch, span) for stretch in bad) / (span[1] - span[0]) for span in spans)
        self.worst = max(self.worst, *shares, 0.0)

    def told(self) -> str:
        return (
            f"{self.found} of {self.good} good moments ({self.found / self.good:.0%}), worst clip {self.worst:.1%} bad"
        )


def _overlap(stretch: Stretch, span: tuple[float, float]) -> float:
    return max(0.0, min(stretch.end, span[1]) - max(stretch.start, span[0]))


def main() -> None:
    scores = {name: Score() for name in ("chosen", "longest scenes", "evenly spaced")}
    with tempfile.TemporaryDirectory(prefix="footage-bench-") as name:
        folder = Path(name)
        pool = Pool(CORPUS, folder)
        for number in range(_FILMS):
            film = folder / f"film-{number}.mp4"
            stretches = pool.film(number, film)
            chosen = _chosen(film, folder / f"scratch-{number}")
            length = stretches[-1].end
            scores["chosen"].add(stretches, chosen, number)
            scores["longest scenes"].add(stretches, _longest(film), number)
            scores["evenly spaced"].add(
                stretches, [(length * n / 4 - 7, length * n / 4 + 7) for n in (1, 2, 3)], number
            )
            print(f"{number}: {length:.0f} s, {scores['chosen'].told()}", flush=True)
            film.unlink()
    for side, score in scores.items():
        print(f"{side}: {score.told()}")
    print("missed:", *scores["chosen"].missed)
    best = scores["chosen"]
    sys.exit(0 if best.found >= _FOUND * best.good and best.worst <= _BAD else 1)


def _chosen(film: Path, folder: Path) -> Spans:
    """By the pipeline itself, its picture taken over as it is: what is chosen does not depend on how it is encoded."""
    folder.mkdir()
    scratch, campaign = Scratch(folder, confined=False), load_campaign("jiexi-2020")
    facts = probe(film, scratch)
    if not isinstance(facts, VideoFacts):
        raise RuntimeError(f"{film.name}: {facts}")
    plan = plan_video(facts, campaign.video_profile("zhubo"), campaign.programmes[_PROGRAMME], ())
    made = render(replace(plan, copied=("picture", "sound")), film, scratch, lambda *_: None, lambda: None)
    if isinstance(made, Refusal):
        raise RuntimeError(f"{film.name}: {made}")
    return [(float(cut.start), float(cut.end)) for cut in (*made.cuts, *made.reel)]


_PROGRAMME = os.environ.get("FOOTAGE_BENCH_PROGRAMME", "zhubo")


def _longest(film: Path) -> Spans:
    """The middle fourteen seconds of the three longest."""
    scenes = [(start.seconds, end.seconds) for start, end in detect(str(film), AdaptiveDetector())]
    longest = sorted(scenes, key=lambda scene: scene[0] - scene[1])[:3]
    return [(max(a, (a + b) / 2 - 7), min(b, (a + b) / 2 + 7)) for a, b in longest]


if __name__ == "__main__":
    main()
