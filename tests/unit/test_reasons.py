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

    assert reasons(rows, Ranks.of(rows), Fraction(0), Fraction(10))[0] == "人物露脸 10 秒"


def test_a_sharp_and_steady_thing_is_a_detail() -> None:
    rows = analysis([sample(sharpness=900.0, motion=0.1)] * 10 + [sample()] * 20)

    assert reasons(rows, Ranks.of(rows), Fraction(0), Fraction(10))[0].startswith("画面清晰稳定")


def test_no_quality_is_named_of_what_is_only_the_best_of_a_bad_lot() -> None:
    slides = [sample(sharpness=40.0, motion=0.2)] * 10 + [sample(sharpness=30.0, motion=0.1)] * 20
    rows = analysis(slides)

    assert reasons(rows, Ranks.of(rows), Fraction(0), Fraction(10)) == ("未见突出内容；镜头平稳、几乎静止",)


def test_the_middle_of_a_film_is_not_said_to_be_better_than_half_of_it() -> None:
    rows = analysis([sample(sharpness=300.0 + n, motion=4.0 + n / 10) for n in range(30)])

    told = reasons(rows, Ranks.of(rows), Fraction(11), Fraction(21))

    assert not any("优于全片" in reason for reason in told)


def test_a_sound_is_called_clear_only_where_somebody_speaks_and_its_level_leaves_out_the_pauses() -> None:
    voice = [sample(loudness=-23.0)] * 10 + [sample(loudness=-80.0)] * 10
    machine, spoken = analysis(voice), analysis(voice, speech=((Fraction(0), Fraction(10)),))

    without, told = (reasons(rows, Ranks.of(rows), Fraction(0), Fraction(20)) for rows in (machine, spoken))

    assert not any("清楚" in reason for reason in without)
    assert "有人讲话 10 秒" in told
    assert "讲话清楚，响度 -23 LKFS" in told


def test_a_voice_that_is_faint_or_hardly_louder_than_the_machine_beside_it_is_not_called_clear() -> None:
    faint = [sample(loudness=-40.0)] * 10 + [sample(loudness=-70.0)] * 10
    drowned = [sample(loudness=-22.0)] * 10 + [sample(loudness=-24.0)] * 10

    for samples in (faint, drowned):
        rows = analysis(samples, speech=((Fraction(0), Fraction(10)),))
        told = reasons(rows, Ranks.of(rows), Fraction(0), Fraction(20))
        assert "有人讲话 10 秒" in told
        assert not any("清楚" in reason for reason in told)
