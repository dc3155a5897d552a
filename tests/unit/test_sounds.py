"""What is suddenly heard."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from pipelines.domain.selection.ranking import Ranks
from pipelines.domain.selection.reasons import reasons
from pipelines.domain.selection.sounds import sudden
from tests.unit.facts import analysis, sample

STEP = Fraction(1, 10)


def test_a_bang_is_heard_once() -> None:
    loudness = [-45.0] * 50 + [-22.0] * 4 + [-45.0] * 50

    assert sudden(loudness, STEP) == (Fraction(5),)


def test_two_bangs_a_second_apart_are_two() -> None:
    loudness = [-45.0] * 50 + [-22.0] * 2 + [-45.0] * 18 + [-20.0] * 2 + [-45.0] * 20

    assert sudden(loudness, STEP) == (Fraction(5), Fraction(7))


def test_speech_a_rising_engine_and_a_murmur_are_no_events() -> None:
    speech = ([-30.0] * 12 + [-41.0] * 8) * 10
    engine = [-60.0 + n * 0.3 for n in range(150)]
    murmur = [-70.0] * 40 + [-45.0] * 10

    assert sudden(speech, STEP) == sudden(engine, STEP) == sudden(murmur, STEP) == ()


def test_nothing_is_sudden_where_nothing_was_heard_before() -> None:
    assert sudden([], STEP) == sudden([-20.0] * 15, STEP) == ()


def test_a_clip_says_how_many_it_holds() -> None:
    film = replace(analysis([sample()] * 20), sounds=(Fraction(3), Fraction(8), Fraction(15)))

    assert "有突发声响 2 处" in reasons(film, Ranks.of(film), Fraction(2), Fraction(12))
