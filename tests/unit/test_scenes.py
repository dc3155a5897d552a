from __future__ import annotations

from fractions import Fraction

from pipelines.domain.selection.scenes import Scenes
from tests.unit.facts import analysis, sample

HALL, YARD = sample(colours="2" * 18), sample(colours="c" * 18)


def test_what_looks_alike_is_one_scene_whenever_it_is_shown() -> None:
    rows = analysis([HALL] * 5 + [YARD] * 5 + [HALL] * 5, shots=(Fraction(5), Fraction(10)))

    scenes = Scenes.of(rows)

    assert [scenes.at(Fraction(time)) for time in (0, 4, 5, 9, 10, 14)] == [0, 0, 1, 1, 0, 0]


def test_one_long_shot_that_walks_from_a_hall_to_a_yard_shows_two_scenes() -> None:
    scenes = Scenes.of(analysis([HALL] * 20 + [YARD] * 20))

    assert scenes.at(Fraction(3)) != scenes.at(Fraction(37))


def test_a_moment_is_one_scene() -> None:
    assert Scenes.of(analysis([HALL], step=Fraction(1, 30))).at(Fraction(0)) == 0
