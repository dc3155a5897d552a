"""Films whose every frame shows its own number, at presentation times that are drawn; with clicks in the sound."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import floor
from pathlib import Path
from random import Random
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from tests.media.clock import HEIGHT, WIDTH, click_track, picture

_X264 = ("libx264", {"preset": "ultrafast", "g": "25"})
_REORDERED = ("libx264", {"preset": "superfast", "bf": "2", "g": "25"})
_SOUND_RATE = 48_000
_FORMATS = {"mjpeg": "yuvj420p"}
_PRIMING = Fraction(1024, _SOUND_RATE)  # seconds of AAC before the first sample; only MP4 can hide them


@dataclass(frozen=True, slots=True)
class Container:
    """One container: its suffix, its video and audio encoders, and the step of its clock in seconds."""

    suffix: str
    video: tuple[tuple[str, dict[str, str]], ...]
    audio: str
    tick: Fraction
    holds: bool = True  # the last frame's duration is stored


CONTAINERS = (
    Container("mp4", (_X264, _REORDERED), "aac", Fraction(1, 90_000)),
    Container("mov", (_X264, _REORDERED), "pcm_s16le", Fraction(1, 600)),
    Container("mkv", (_X264, _REORDERED), "pcm_s16le", Fraction(1, 1000), holds=False),
    Container(
        "webm", (("libvpx", {"deadline": "realtime", "cpu-used": "8"}),), "libopus", Fraction(1, 1000), holds=False
    ),
    Container("ts", (_X264, _REORDERED), "aac", Fraction(1, 90_000), holds=False),
    Container("avi", (("mjpeg", {}),), "pcm_s16le", Fraction(1, 25), holds=False),
)


@dataclass(frozen=True, slots=True)
class TimedFilm:
    """A film as it is to be written. `times` of the frames, in ticks of the container's clock; `hold` of the last one.

    `sound`: from when to when there is sound, in seconds, or None.
    """

    number: int
    kind: str
    container: Container
    video: tuple[str, dict[str, str]]
    rate: Fraction
    times: tuple[int, ...]
    hold: int
    sound: tuple[Fraction, Fraction] | None

    @property
    def suffix(self) -> str:
        return self.container.suffix

    @property
    def seconds(self) -> tuple[Fraction, ...]:
        return tuple(time * self.container.tick for time in self.times)

    @property
    def end(self) -> Fraction:
        return (self.times[-1] + self.hold) * self.container.tick

    @property
    def sound_end(self) -> Fraction | None:
        return self.sound[1] if self.sound else None

    @property
    def origin(self) -> Fraction:
        if self.sound is None:
            return self.seconds[0]
        return min(self.seconds[0], self.sound[0] - (_PRIMING if self.suffix == "ts" else 0))

    @property
    def clock(self) -> tuple[Fraction, ...]:
        """When each frame is due, on the clock of the published film."""
        origin = self.origin
        return tuple(time - origin for time in self.seconds)

    @property
    def rounding(self) -> Fraction:
        """How far a time may be off by the clocks of the container and of the sound."""
        return self.container.tick + Fraction(1, 1000)

    @property
    def is_regular(self) -> bool:
        return self.kind == "regular"

    @property
    def clicks(self) -> tuple[Fraction, ...]:
        """When the clicks are due, on the clock of the published film."""
        if self.sound is None:
            return ()
        first, last = self.sound
        return tuple(first + Fraction(1, 2) + n - self.origin for n in range(int(last - first)))

    def due(self, clock: Sequence[Fraction], at: Fraction, near: Fraction) -> set[int]:
        """Return the numbers of the frames that may be shown at a time: what the original shows within `near`.

        `clock`: when each frame is shown, on the clock of the published film.
        """
        lowest, highest = bisect_right(clock, at - near) - 1, bisect_right(clock, at + near) - 1
        return set(range(max(0, lowest - (lowest > 0 and clock[lowest] == clock[lowest - 1])), max(0, highest) + 1))


def drawn(number: int) -> TimedFilm:
    """Return the film of this number: the same one each time."""
    random = Random(f"times {number}")
    container = CONTAINERS[number % len(CONTAINERS)]
    kinds = ("regular", "regular", "odd rate", "jittered", "gap", "first held", "last held", "twice", "picture late")
    kind = random.choice(kinds)
    if container.suffix == "avi" and kind in {"jittered", "twice", "odd rate"}:
        kind = "gap"  # an AVI has no clock of its own
    rate = (
        Fraction(25)
        if container.suffix == "avi"
        else random.choice([Fraction(n) for n in (10, 15, 24, 25, 30, 50, 60)])
    )
    if kind == "odd rate":
        rate = random.choice(
            [Fraction("59.33"), Fraction("29.97"), Fraction("23.976"), Fraction("31.2"), Fraction("14.9")]
        )
    steps = [1 / rate] * random.randint(25, 70)
    late = Fraction(random.randint(1, 30), 10)
    if kind == "jittered":
        steps = [step * Fraction(random.randint(70, 130), 100) for step in steps]
    if kind == "gap":
        steps[random.randrange(1, len(steps))] = Fraction(random.choice([5, 20, 70, 200]), 10)
    if kind == "first held":
        steps[0] = Fraction(random.choice([5, 20, 70]), 10)
    if kind == "twice" and container.suffix in {"mkv", "webm"}:
        steps[random.randrange(2, len(steps))] = Fraction(0)
    hold, video = 1 / rate, random.choice(container.video)
    # Where pictures are coded out of order, the last packet is not the last picture, and has another duration.
    if kind == "last held" and container.holds and video is not _REORDERED:
        hold = Fraction(random.choice([5, 20, 40]), 10)
    start = late if kind == "picture late" else Fraction(0)
    seconds = [start + sum(steps[:n], Fraction(0)) for n in range(len(steps))]
    times = tuple(floor(time / container.tick + Fraction(1, 2)) for time in seconds)
    held = max(1, round(hold / container.tick))
    end = (times[-1] + held) * container.tick
    wants_sound = kind == "picture late" or random.random() < 0.6
    sound = _sound(random, container, end, first=kind == "picture late") if wants_sound else None
    return TimedFilm(number, kind, container, video, rate, times, held, sound)


def _sound(random: Random, container: Container, end: Fraction, *, first: bool) -> tuple[Fraction, Fraction]:
    late = not first and container.suffix != "avi" and random.random() < 0.3
    start = Fraction(random.randint(1, 30), 10) if late else Fraction(0)
    return start, max(start + 2, Fraction(round(end * 100), 100))


def write(film: TimedFilm, path: Path) -> Path:
    """Write the film; its packets keep the times drawn."""
    with av.open(str(path), "w", options=_muxing(film)) as container:
        name, options = film.video
        stream: Any = container.add_stream(
            name, rate=film.rate if film.suffix == "avi" else None, options=dict(options)
        )
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, _FORMATS.get(name, "yuv420p")
        stream.codec_context.time_base = film.container.tick
        sound: Any = container.add_stream(film.container.audio, rate=_SOUND_RATE) if film.sound else None
        if sound is not None:
            sound.layout = "stereo"
        packets = [*_pictures(stream, film), *(_sounds(sound, film) if sound is not None else ())]
        for packet in sorted(packets, key=lambda it: (it.dts or 0) * it.time_base):
            container.mux(packet)
    return path


def _muxing(film: TimedFilm) -> dict[str, str]:
    return {"video_track_timescale": str(film.container.tick.denominator)} if film.suffix in {"mp4", "mov"} else {}


def _pictures(stream: Any, film: TimedFilm) -> list[Any]:
    made = []
    steps = [*(after - before for before, after in pairwise(film.times)), film.hold]
    for number, (time, step) in enumerate(zip(film.times, steps, strict=True)):
        frame = VideoFrame.from_ndarray(_planes(number), stream.pix_fmt)
        frame.pts, frame.time_base, frame.duration = time, film.container.tick, step
        made += stream.encode(frame)
    made += stream.encode(None)
    lengths = dict(zip(film.times, steps, strict=True))
    for packet in made:
        packet.duration = lengths[packet.pts]
    return made


def _planes(number: int) -> Any:
    return np.concatenate([picture(number), np.full((HEIGHT // 2, WIDTH), 128, np.uint8)])


def _sounds(stream: Any, film: TimedFilm) -> list[Any]:
    assert film.sound is not None
    first, last = film.sound
    samples = click_track(last - first, _SOUND_RATE)
    made, size = [], 960
    for at in range(0, samples.shape[1], size):
        block = np.ascontiguousarray(samples[:, at : at + size])
        frame = AudioFrame.from_ndarray(block, "fltp", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = (
            _SOUND_RATE,
            round(first * _SOUND_RATE) + at,
            Fraction(1, _SOUND_RATE),
        )
        made += stream.encode(frame)
    return [*made, *stream.encode(None)]
