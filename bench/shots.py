"""How well boundaries between shots are found, against PySceneDetect's adaptive detector at its defaults.

`python -m bench.shots`: FOOTAGE_BENCH_FILMS (default 12, of 15 joins each), FOOTAGE_CORPUS. Both see the same frames,
of the corpus' labelled film and of films whose joins are known; a boundary is right within a transition, or four
frames beside it.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np
from scenedetect import FrameTimecode
from scenedetect.detectors import AdaptiveDetector

from bench.jobs import CORPUS
from bench.shot_films import RATE, SIZE, Film, Frame, Join
from pipelines.domain.planning.video import TINY
from pipelines.tools.video.shots import ShotDetector

_FILMS = int(os.environ.get("FOOTAGE_BENCH_FILMS", "12"))
_FIRST_SEED = 100
_BESIDE = 4  # frames
_LABELLED = "PySceneDetect__testvideo"
_FADE = 16  # frames from the label, the middle of the dark, to where its fade begins and ends


@dataclass(slots=True)
class Score:
    """Boundaries that are right, that were found, and that there are."""

    right: int = 0
    found: int = 0
    there: int = 0

    def add(self, found: Sequence[int], joins: Sequence[Join]) -> None:
        left = list(joins)
        for frame in found:
            hit = next((j for j in left if j.first - _BESIDE <= frame <= j.last + _BESIDE), None)
            if hit:
                left.remove(hit)
        self.right += len(joins) - len(left)
        self.found += len(found)
        self.there += len(joins)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, self.found + self.there)

    def told(self) -> str:
        precision, recall = self.right / max(1, self.found), self.right / max(1, self.there)
        return f"precision {precision:.3f}, recall {recall:.3f}, F1 {self.f1:.3f} ({self.right} of {self.there} joins)"


def main() -> None:
    ours, adaptive = Score(), Score()
    for frames, joins in _films():
        ours.add(_ours(frames), joins)
        adaptive.add(_adaptive(frames), joins)
    print(f"ours:                   {ours.told()}")
    print(f"PySceneDetect adaptive: {adaptive.told()}")
    sys.exit(0 if ours.f1 >= adaptive.f1 else 1)


def _films() -> Iterator[tuple[list[Frame], list[Join]]]:
    yield _labelled()
    for seed in range(_FIRST_SEED, _FIRST_SEED + _FILMS):
        film = Film(seed, CORPUS)
        yield [*film.frames()], film.joins


def _labelled() -> tuple[list[Frame], list[Join]]:
    with (CORPUS / "video" / f"{_LABELLED}_scenes.csv").open() as labels:
        middles = [
            round(float(row["frame"])) for row in csv.DictReader(labels, skipinitialspace=True) if row["time (ms)"]
        ]
    with av.open(str(CORPUS / "video" / f"{_LABELLED}.mp4")) as container:
        shown = (frame.to_ndarray(format="bgr24") for frame in container.decode(video=0))
        frames = [np.asarray(cv2.resize(frame, SIZE, interpolation=cv2.INTER_AREA), np.uint8) for frame in shown]
    return frames, [Join(middle - _FADE, middle + _FADE) for middle in middles if middle]


def _ours(frames: Sequence[Frame]) -> list[int]:
    detector = ShotDetector(Fraction(RATE))
    for frame in frames:
        detector.see(np.asarray(cv2.resize(frame, TINY, interpolation=cv2.INTER_LINEAR), np.uint8))
    detector.close()
    return [shot for shot, _, _ in detector.found]


def _adaptive(frames: Sequence[Frame]) -> list[int]:
    detector, found = AdaptiveDetector(), []
    for number, frame in enumerate(frames):
        found += detector.process_frame(FrameTimecode(number, fps=float(RATE)), frame)
    return [cut.frame_num for cut in (*found, *detector.post_process(FrameTimecode(len(frames) - 1, fps=float(RATE))))]


if __name__ == "__main__":
    main()
