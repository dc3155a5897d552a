from __future__ import annotations

from fractions import Fraction

from pipelines.domain.selection.ranking import Ranks
from pipelines.domain.selection.reasons import reasons
from tests.unit.facts import analysis, sample


def test_a_presenter_who_talks_is_told_with_the_seconds_and_that_the_picture_is_steady() -> None:
    rows = analysis([sample(face=0.3, faces=1)] * 20 + [sample()] * 20, speech=((Fraction(1), Fraction(19)),))

    told = reasons(rows, Ranks.of(rows), Fraction(0), Fraction(20))

    assert told[0] == "主播出镜并讲话 18 秒"
    assert "画面稳定" in told


def test_a_face_without_a_voice_is_a_person() -> None:
    rows = analysis([sample(face=0.3, faces=1, loudness=-70.0)] * 10 + [sample()] * 20)

    assert reasons(rows, Ranks.of(rows), Fraction(0), Fraction(10))[0] == "人物出镜 10 秒"


def test_a_sharp_and_steady_thing_is_a_detail() -> None:
    rows = analysis([sample(sharpness=900.0, motion=0.1)] * 10 + [sample()] * 20)

    assert reasons(rows, Ranks.of(rows), Fraction(0), Fraction(10))[0].startswith("细节镜头")
