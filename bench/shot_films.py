"""Films with known joins, made of real footage: hand-held shake, flashes, whip pans, dissolves, fades and hard cuts.

Every shot is one camera's; whatever happens within it is no boundary. Frames are bgr24 of :data:`SIZE`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Frame = NDArray[np.uint8]

SIZE, RATE = (320, 180), 30
_LARGE = (480, 270)  # what a shot's window moves about in
_SHOTS, _NEVER = 16, -100
# One camera each, no join within.
FILMED = (
    "deb_forensics-samp__VID_20191220_170832.mp4",
    "deb_opencv-doc__vtest.avi",
    "media__Ciro_Santilli_selfie_in_cycling_kit_with_old_cottages.mp4",
    "moviepy__chaplin.mp4",
    "sam2__01_dog.mp4",
    "sam2__05_default_juggle.mp4",
    "sample-videos__again.mkv",
    "sample-videos__bottle-detection.mp4",
    "sample-videos__car-detection.mp4",
    "sample-videos__one-by-one-person-detection.mp4",
    "sample-videos__walk.mkv",
    "streamio-ffmpeg__file_with_data_streams.mp4",
)
PHOTOGRAPHED = (
    "exif-orientation-e__Landscape_1.jpg",
    "metadata-extractor__Issue 525.jpg",
    "metadata-extractor__Samsung SM-J327T1.jpg",
    "metadata-extractor__Oppo R7 Plus.jpg",
    "test-assets__craft-beer.jpg",
    "test-assets__denali.webp",
)


@dataclass(frozen=True, slots=True)
class Join:
    """Where one shot becomes another: frames `first` to `last`; equal for a hard cut (the first of the new shot)."""

    first: int
    last: int


@dataclass(slots=True)
class Film:
    """Frames as they are drawn, and the joins among them once they have been."""

    seed: int
    corpus: Path
    joins: list[Join] = field(default_factory=list)

    def frames(self) -> Iterator[Frame]:
        """Draw them; the same ones for the same seed."""
        random = np.random.default_rng(self.seed)
        self.joins.clear()
        count, before = 0, None
        for shot in self._shots(random):
            kind = random.choice(["cut", "cut", "cut", "dissolve", "black"])
            length = int(random.integers(8, 25)) if kind != "cut" else 0
            if before is not None:
                mixed = list(_mixed(before[-length:] if length else [], shot[:length], kind))
                yield from before[: len(before) - length]
                count += len(before) - length
                self.joins.append(Join(count, count + max(0, len(mixed) - 1)))
                yield from mixed
                count += len(mixed)
            before = shot[length:] if before is not None else shot
        yield from before or []

    def _shots(self, random: np.random.Generator) -> Iterator[list[Frame]]:
        names = [*FILMED, *PHOTOGRAPHED]
        last = ""
        for _ in range(_SHOTS):
            last = str(random.choice([name for name in names if name != last]))
            length = int(random.integers(45, 150))
            source = filmed(self.corpus, last) if last in FILMED else _photographed(self.corpus, last)
            yield _shot(source, length, random)


def _mixed(before: list[Frame], after: list[Frame], kind: str) -> Iterator[Frame]:
    length = len(before)
    for n, (old, new) in enumerate(zip(before, after, strict=True)):
        part = (n + 1) / (length + 1)
        if kind == "dissolve":
            yield cv2.addWeighted(old, 1 - part, new, part, 0).astype(np.uint8)
        elif part < 0.5:
            yield (old * (1 - 2 * part)).astype(np.uint8)
        else:
            yield (new * (2 * part - 1)).astype(np.uint8)


def _shot(source: list[Frame], length: int, random: np.random.Generator) -> list[Frame]:
    """A window of the source that shakes, pans or stands; a flash or a change of light now and then; noise."""
    start = int(random.integers(0, max(1, len(source) - length)))
    shake = float(random.choice([0, 1, 3, 6]))
    whip = int(random.integers(10, length - 20)) if random.random() < 0.35 else _NEVER
    flash = int(random.integers(10, length - 10)) if random.random() < 0.3 else _NEVER
    dims = random.random() < 0.15
    across, down = _LARGE[0] - SIZE[0], _LARGE[1] - SIZE[1]
    at, place, drift = np.zeros(2), np.array([random.uniform(0, across), down / 2]), random.uniform(-0.4, 0.4)
    goal = across - place[0]
    shot = []
    for n in range(length):
        at = 0.8 * at + random.normal(0, shake / 3, 2)
        place[0] += drift
        if whip <= n < whip + 8:
            place[0] += (goal - place[0]) / (whip + 8 - n)
        x, y = (int(np.clip(v, 0, most)) for v, most in zip(place + at, (across, down), strict=True))
        picture = source[min(len(source) - 1, start + n) if len(source) > 1 else 0]
        seen = picture[y : y + SIZE[1], x : x + SIZE[0]].astype(np.float32)
        if flash <= n < flash + 2:
            seen = seen * 0.4 + 150
        if dims:
            seen = seen * (1 - 0.5 * min(1.0, n / length))
        shot.append(np.clip(seen + random.normal(0, 1, seen.shape), 0, 255).astype(np.uint8))
    return shot


@cache
def filmed(corpus: Path, name: str) -> list[Frame]:
    """As many frames as a shot may want, at the film's own rate; a slow camera's picture stands for several."""
    frames: list[Frame] = []
    with av.open(str(corpus / "video" / name)) as container:
        stream = container.streams.video[0]
        stands = max(1, round(RATE / float(stream.average_rate or RATE)))
        for frame in container.decode(stream):
            small = cv2.resize(frame.to_ndarray(format="bgr24"), _LARGE, interpolation=cv2.INTER_AREA)
            frames += [small.astype(np.uint8)] * stands
            if len(frames) >= 400:
                break
    return frames


@cache
def _photographed(corpus: Path, name: str) -> list[Frame]:
    with Image.open(corpus / "photo" / name) as image:
        image.draft("RGB", (960, 540))
        small = np.asarray(image.convert("RGB").resize(_LARGE, Image.Resampling.BOX))[..., ::-1]
    return [np.ascontiguousarray(small)]
