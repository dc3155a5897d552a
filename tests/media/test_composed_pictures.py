"""When a picture is made of two, slides over another, or is being written: made-up frames with a known course."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from pipelines.tools.video.mixtures import MixtureDetector, merged
from pipelines.tools.video.settling import Settling
from pipelines.tools.video.sliding import SlideDetector

RATE, TINY_RATE = Fraction(5), Fraction(30)


def room(seed: int, wide: int = 320, high: int = 180) -> np.ndarray:
    """A room with furniture: soft shapes of many sizes, always the same for one seed."""
    chance = np.random.default_rng(seed)
    noise = chance.integers(40, 200, (high // 12, wide // 12)).astype(np.uint8)
    return np.asarray(cv2.resize(noise, (wide, high), interpolation=cv2.INTER_CUBIC), np.uint8)


ROOM, HALL = room(1), room(2)


def with_person(left: int, scene: np.ndarray = ROOM) -> np.ndarray:
    """Somebody stands there, dark, a fifth of the picture's height wide."""
    made = scene.copy()
    made[60:170, left : left + 36] = 15
    return made


def mixed(first: np.ndarray, last: np.ndarray, part: float) -> np.ndarray:
    return np.asarray(cv2.addWeighted(first, 1 - part, last, part, 0), np.uint8)


def found(film: list[np.ndarray]) -> tuple[tuple[tuple[float, float], ...], ...]:
    """The stretches with pictures made of two, and those in which one is built up, in seconds."""
    detector = MixtureDetector(RATE)
    for picture in film:
        detector.see(picture)
    detector.close()
    return tuple(tuple((float(start), float(end)) for start, end in spans) for spans in detector.spans())


HERE, THERE = with_person(40), with_person(220)


def test_a_dissolve_within_one_scene_is_found_from_its_beginning_to_its_end():
    dissolve = [mixed(HERE, THERE, n / 6) for n in range(1, 6)]  # samples 15 to 19: 3.0 to 3.8 s

    (((start, end),), built) = found([HERE] * 15 + dissolve + [THERE] * 15)

    assert 2.6 <= start <= 3.0
    assert 3.8 <= end <= 4.2
    assert built == ()


@pytest.mark.parametrize("after", [THERE, HERE], ids=["to another moment", "and back"])
def test_a_superimposition_is_one_stretch_however_long_it_stands(after):
    between = [mixed(HERE, THERE, 0.5)] * 35  # 7 s
    risen = [mixed(HERE, THERE, part) for part in (0.2, 0.4)]
    falls = [mixed(between[0], after, part) for part in (0.4, 0.8)]

    (((start, end),), _) = found([HERE] * 15 + risen + between + falls + [after] * 15)

    assert start <= 3.0
    assert end >= 10.6


def test_somebody_who_walks_and_a_light_that_is_turned_up_are_no_mixtures():
    walks = [with_person(20 + 6 * n) for n in range(40)]
    lights = [np.clip(HERE * (0.6 + n / 100), 0, 255).astype(np.uint8) for n in range(40)]

    assert [found(film) for film in (walks, lights)] == [((), ()), ((), ())]


def test_a_slide_is_being_built_while_it_is_written_and_then_stands():
    empty = np.full((180, 320), 230, np.uint8)
    written = []
    for letters in range(1, 16):
        card = empty.copy()
        cv2.putText(card, "CHECK THE VALVE"[:letters], (10, 90), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 20, 2)
        written.append(card)

    (made_of_two, ((start, end),)) = found([empty] * 15 + written + [written[-1]] * 15)

    assert made_of_two == ()
    assert 2.8 <= start <= 3.2
    assert 5.6 <= end <= 6.2


def tiny(picture: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.resize(picture, (64, 36), interpolation=cv2.INTER_AREA), np.uint8)


def slides(film: list[np.ndarray]) -> list[tuple[int, int]]:
    detector = SlideDetector(TINY_RATE)
    for frame in film:
        detector.see(tiny(frame))
    return detector.runs()


def test_a_panel_that_slides_in_is_found_while_it_moves():
    panels = []
    for n in range(15):
        panel = ROOM.copy()
        panel[:, 320 - 12 * n :] = HALL[:, 320 - 12 * n :] if n else panel[:, 320:]
        panels.append(panel)

    ((first, last),) = slides([ROOM] * 30 + panels + [panels[-1]] * 30)

    assert 28 <= first <= 34
    assert 40 <= last <= 46


def test_a_cut_a_person_that_passes_and_a_pan_do_not_slide():
    passes = [with_person(4 * n) for n in range(60)]
    wide = room(5, 960, 180)
    pans = [np.ascontiguousarray(wide[:, 8 * n : 8 * n + 320]) for n in range(60)]

    assert [slides(film) for film in ([ROOM] * 30 + [HALL] * 30, passes, pans)] == [[], [], []]


def unsettled(film: list[np.ndarray]) -> float:
    meter = Settling(TINY_RATE)
    for frame in film:
        meter.see(tiny(frame))
    return max(meter.amounts.values())


def test_only_what_changes_without_moving_is_unsettled():
    wide = room(5, 960, 180)
    pans = [np.ascontiguousarray(wide[:, 2 * n : 2 * n + 320]) for n in range(40)]
    dissolves = [ROOM] * 10 + [mixed(ROOM, HALL, n / 20) for n in range(20)] + [HALL] * 10

    assert unsettled([ROOM] * 40) == 0
    assert unsettled(pans) < 0.02
    assert unsettled(dissolves) > 0.3


def test_spans_that_meet_are_one():
    spans = [
        (Fraction(5), Fraction(6)),
        (Fraction(1), Fraction(3)),
        (Fraction(3), Fraction(4)),
        (Fraction(1), Fraction(2)),
    ]

    assert merged(spans) == ((Fraction(1), Fraction(4)), (Fraction(5), Fraction(6)))
