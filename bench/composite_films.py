"""Films in which pictures are composed or spoilt for a while, at known times, made of real footage.

Dissolves and superimpositions, and half of the wipes, are between two moments of the same scene, which is where a
picture made of two is hardest to tell. Split screens show two cameras. No cut but those around slides. Frames are
bgr24 of :data:`bench.shot_films.SIZE`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.shot_films import FILMED as ALL_FILMED, SIZE, Frame, filmed

Random = np.random.Generator
Mask = NDArray[np.float32]

# That film fades in and out itself, which is labelled nowhere.
FILMED = tuple(name for name in ALL_FILMED if not name.startswith("streamio"))
JOINED = ("dissolve", "superimposition", "ghost", "wipe", "split")  # two pictures; the others spoil one
SPOILT = ("typing", "flash", "exposure", "half")
_PLANTED, _CALM = 7, (60, 110)  # stretches a film; frames of footage between two of them
_LEAST_APART = 0.015  # of the picture: where the two moments hardly differ, there is nothing to be seen of a joint
_LOOKED_AT = 5  # frames of which one is compared for that
_VISIBLE = 0.1  # of the way from one picture to the other, or of its light
_WORDS = ("SAFETY FIRST", "CHECK THE VALVE", "WEAR A HELMET", "LOCK THE SWITCH", "KEEP CLEAR", "REPORT HAZARDS")


@dataclass(frozen=True, slots=True)
class Planted:
    """What was planted: frames `first` to `last`, both of which show it."""

    kind: str
    first: int
    last: int


@dataclass(slots=True)
class Film:
    """Frames as they are drawn, and what was planted in them once they have been."""

    seed: int
    corpus: Path
    planted: list[Planted] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    _count: int = 0
    _take: Take = field(init=False)

    def frames(self) -> Iterator[Frame]:
        """Draw the frames; the same ones for the same seed."""
        random = np.random.default_rng(self.seed)
        self.planted.clear()
        self.cuts.clear()
        self._count = 0
        self._take = Take.of(self.corpus, FILMED[self.seed % len(FILMED)], random)
        kinds = [str(random.choice(JOINED if n % 3 else SPOILT)) for n in range(_PLANTED)]
        yield from self._drawn(self._take.calm(int(random.integers(*_CALM))))
        for kind in kinds:
            yield from self._drawn(self._treated(kind, random))
            yield from self._drawn(self._take.calm(int(random.integers(*_CALM))))

    def _drawn(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame in frames:
            yield frame
            self._count += 1

    def _treated(self, kind: str, random: Random) -> Iterator[Frame]:
        if kind == "typing":
            return self._slide(random)
        if kind in SPOILT:
            return self._spoilt(kind, random)
        return self._joined(kind, random)

    def _joined(self, kind: str, random: Random) -> Iterator[Frame]:
        parts = _PARTS[kind](random)
        old = [*self._take.calm(len(parts))]
        goes_on = self._take.at
        if kind == "split" or (kind == "wipe" and random.random() < 0.5):
            self._take = Take.of(self.corpus, str(random.choice(FILMED)), random)
        new = [*self._take.elsewhere(len(parts), random)]
        self._take.at = goes_on if kind == "ghost" else self._take.at
        visible = [n for n, part in enumerate(parts) if _VISIBLE < float(part.mean()) < 1 - _VISIBLE]
        moving = [n for n in visible if n == 0 or not np.array_equal(parts[n], parts[n - 1])]
        told = moving if kind == "split" else visible
        if max(_share_apart(old[n], new[n]) for n in told[::_LOOKED_AT]) >= _LEAST_APART:
            self.planted += [Planted(kind, self._count + run[0], self._count + run[-1]) for run in _runs(told)]
        return (_mixed(*three) for three in zip(old, new, parts, strict=True))

    def _spoilt(self, kind: str, random: Random) -> Iterator[Frame]:
        amounts, spoil = _AMOUNTS[kind](random), _SPOILS[kind](random)
        told = [n for n, amount in enumerate(amounts) if amount > _VISIBLE]
        self.planted.append(Planted(kind, self._count + told[0], self._count + told[-1]))
        return (spoil(frame, amount) for frame, amount in zip(self._take.calm(len(amounts)), amounts, strict=True))

    def _slide(self, random: Random) -> Iterator[Frame]:
        """A card on which words appear letter by letter, and then stand."""
        typed, stands, ground = int(random.integers(30, 120)), 60, int(random.integers(20, 230))
        words = [str(word) for word in random.choice(_WORDS, 3, replace=False)]
        self.planted.append(Planted("typing", self._count, self._count + typed - 1))
        self.cuts += [self._count, self._count + typed + stands]
        return (_card(words, min(1.0, n / typed), ground) for n in range(typed + stands))


@dataclass(slots=True)
class Take:
    """One camera's footage through a window, as shaky as it was filmed; `at`: the next frame of it."""

    source: list[Frame]
    window: tuple[int, int]
    random: Random
    at: int = 0

    @classmethod
    def of(cls, corpus: Path, name: str, random: Random) -> Take:
        source = filmed(corpus, name)
        across, down = (
            whole - part for whole, part in zip((source[0].shape[1], source[0].shape[0]), SIZE, strict=True)
        )
        window = int(random.integers(0, across)), int(random.integers(0, down))
        return cls(source, window, random)

    def calm(self, count: int) -> Iterator[Frame]:
        """Frames one after the other; at the end of the footage, it runs back."""
        for _ in range(count):
            turn = self.at % (2 * len(self.source) - 2)
            yield self._seen(min(turn, 2 * len(self.source) - 2 - turn))
            self.at += 1

    def elsewhere(self, count: int, random: Random) -> Iterator[Frame]:
        """Frames of another moment, from which the footage goes on."""
        self.at += len(self.source) // 3 + int(random.integers(0, len(self.source) // 3))
        return self.calm(count)

    def _seen(self, number: int) -> Frame:
        x, y = self.window
        seen = self.source[number][y : y + SIZE[1], x : x + SIZE[0]]
        return np.clip(seen + self.random.normal(0, 1, seen.shape), 0, 255).astype(np.uint8)


def _mixed(old: Frame, new: Frame, part: Mask) -> Frame:
    return (old * (1 - part[..., None]) + new * part[..., None]).astype(np.uint8)


def _share_apart(old: Frame, new: Frame) -> float:
    apart = cv2.absdiff(cv2.cvtColor(old, cv2.COLOR_BGR2GRAY), cv2.cvtColor(new, cv2.COLOR_BGR2GRAY))
    thick = cv2.morphologyEx((apart > 40).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return float(thick.mean())


def _whole(part: float) -> Mask:
    return np.full((SIZE[1], SIZE[0]), part, np.float32)


def _rise(length: int, low: float = 0.0, high: float = 1.0) -> list[float]:
    return [low + (high - low) * (n + 1) / (length + 1) for n in range(length)]


def _dissolve(random: Random) -> list[Mask]:
    return [_whole(part) for part in _rise(int(random.integers(6, 61)))]


def _superimposition(random: Random, longest: int = 240, after: float = 1.0) -> list[Mask]:
    """The other picture is laid over this one, stands for up to `longest` frames, and stays, or leaves again."""
    level, ramp = float(random.uniform(0.35, 0.65)), int(random.integers(6, 20))
    stands = [level] * int(random.integers(30, longest))
    return [_whole(part) for part in (*_rise(ramp, 0, level), *stands, *_rise(ramp, level, after))]


def _across() -> Mask:
    """How far each pixel is from the left edge, 0 to 1."""
    return np.linspace(0, 1, SIZE[0], dtype=np.float32)[None, :].repeat(SIZE[1], axis=0)


def _wipe(random: Random) -> list[Mask]:
    soft, count = float(random.uniform(0.15, 0.35)), int(random.integers(12, 46))
    return [np.clip((edge * (1 + soft) - _across()) / soft, 0, 1).astype(np.float32) for edge in _rise(count)]


def _split(random: Random) -> list[Mask]:
    """The other picture slides in to the middle, stands there, and slides on."""
    ramp, stands = int(random.integers(10, 31)), int(random.integers(30, 61))
    edges = [*_rise(ramp, 0, 0.5), *[0.5] * stands, *_rise(ramp, 0.5, 1)]
    return [(_across() > 1 - edge).astype(np.float32) for edge in edges]


def _flash(random: Random) -> list[float]:
    return [1.0] * int(random.integers(1, 5))


def _ramp(random: Random) -> list[float]:
    half = int(random.integers(15, 45))
    return [*_rise(half), *reversed(_rise(half))]


def _stands(random: Random) -> list[float]:
    return [*_rise(5), *[1.0] * int(random.integers(30, 90)), *reversed(_rise(5))]


def _gain(random: Random) -> Callable[[Frame, float], Frame]:
    most = float(random.choice([0.25, 2.4, 3.0]))
    return lambda frame, amount: np.clip(frame * (1 + amount * (most - 1)), 0, 255).astype(np.uint8)


def _halved(random: Random) -> Callable[[Frame, float], Frame]:
    light, side = float(random.choice([0.0, 255.0])), int(random.integers(0, 4))

    def spoil(frame: Frame, amount: float) -> Frame:
        made, (high, wide) = frame.copy(), (SIZE[1] // 2, SIZE[0] // 2)
        part = (made[:, :wide], made[:, wide:], made[:high], made[high:])[side]
        part[...] = (part * (1 - amount) + light * amount).astype(np.uint8)
        return made

    return spoil


def _dazzled(_: Random) -> Callable[[Frame, float], Frame]:
    return lambda frame, amount: np.clip(frame * (1 - 0.6 * amount) + 150 * amount, 0, 255).astype(np.uint8)


def _card(words: list[str], part: float, ground: int) -> Frame:
    card = np.full((SIZE[1], SIZE[0], 3), ground, np.uint8)
    ink = (20, 20, 20) if ground > 128 else (235, 235, 235)
    left = round(part * sum(map(len, words)))
    for row, word in enumerate(words):
        cv2.putText(card, word[: max(0, left)], (20, 55 + 40 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.8, ink, 2)
        left -= len(word)
    return card


def _runs(numbers: list[int]) -> Iterator[list[int]]:
    """Runs of numbers that follow each other."""
    run: list[int] = []
    for number in numbers:
        if run and number != run[-1] + 1:
            yield run
            run = []
        run.append(number)
    if run:
        yield run


_PARTS: dict[str, Callable[[Random], list[Mask]]] = {
    "dissolve": _dissolve,
    "superimposition": _superimposition,
    "ghost": partial(_superimposition, longest=180, after=0.0),
    "wipe": _wipe,
    "split": _split,
}
_AMOUNTS = {"flash": _flash, "exposure": _ramp, "half": _stands}
_SPOILS = {"flash": _dazzled, "exposure": _gain, "half": _halved}
