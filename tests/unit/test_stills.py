from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given

from pipelines.domain.model import Edit
from pipelines.domain.selection.ranking import Ranks
from pipelines.domain.selection.stills import alike, instead, pick_stills
from tests.unit.facts import BLACK, analysis, editing, quick, sample
from tests.unit.films import Film, check_stills, films, minute


@quick
@given(films())
def test_stills_are_distinct_moments_of_the_film_as_many_as_there_are_sharp_ones(film: Film) -> None:
    check_stills(film, film.choose())


def test_the_poster_is_the_sharpest_and_best_exposed_of_the_stills() -> None:
    samples = [sample(sharpness=100.0 + n % 3) for n in range(40)]
    samples[20] = sample(sharpness=900.0, luma=118.0, contrast=60.0)

    edit = minute(samples).choose()

    assert edit.poster == 20
    assert len(edit.stills) == 4


def test_stills_keep_away_from_the_boundaries_of_shots() -> None:
    shots = tuple(Fraction(n) for n in range(0, 40, 4))

    edit = minute([sample()] * 40, shots=shots).choose()

    assert not set(edit.stills) & set(shots)


def test_stills_are_spread_over_the_film() -> None:
    stills = minute([sample()] * 60).choose().stills

    assert all(after - before >= 6 for before, after in pairwise(stills))


def test_a_still_costs_one_decoded_frame_where_key_frames_are_many() -> None:
    film = minute([sample(sharpness=100.0 + n) for n in range(120)])

    assert set(film.choose().stills) <= set(film.keyframes)


def test_no_still_lies_within_a_dissolve_or_shows_what_is_spoilt() -> None:
    rows = [sample(sharpness=500.0 + n % 9) for n in range(40)]
    rows[8:16] = [sample(sharpness=900.0, shake=9.0)] * 8
    dissolve = (Fraction(20), Fraction(30))
    film = Film(analysis(rows, transitions=(dissolve,)), (), Fraction(40), editing())

    stills = film.choose().stills

    assert len(stills) == 4
    assert not any(8 <= time < 16 or dissolve[0] < time < dissolve[1] for time in stills)


@pytest.mark.parametrize("kind", ["mixed", "built"])
def test_no_still_is_made_of_two_pictures_or_of_a_slide_half_written(kind: str) -> None:
    rows = [sample(sharpness=300.0 + 10 * (10 <= n <= 25)) for n in range(60)]
    film = Film(analysis(rows, **{kind: ((Fraction(9), Fraction(26)),)}), (), Fraction(60), editing())

    assert not any(9 < time < 26 for time in film.choose().stills)


def test_a_still_is_in_the_usual_light_and_where_all_changes_are_explained() -> None:
    rows = [sample(sharpness=400.0)] * 60
    rows[10:14] = [sample(sharpness=900.0, luma=150.0)] * 4  # the exposure runs up, and back
    rows[30:34] = [sample(sharpness=900.0, lost=0.5)] * 4  # half of it burnt out
    rows[50:54] = [sample(sharpness=900.0, unsettled=0.2)] * 4
    film = Film(analysis(rows), (), Fraction(60), editing())

    stills = film.choose().stills

    assert len(stills) == 4
    assert not any(start <= time < start + 4 for time in stills for start in (10, 30, 50))


def test_a_film_that_is_never_settled_has_stills_all_the_same() -> None:
    film = Film(analysis([sample(unsettled=0.3)] * 60), (), Fraction(60), editing())

    assert len(film.choose().stills) == 4


def test_the_search_for_the_sharpest_picture_stays_within_what_is_settled() -> None:
    rows = [sample() for _ in range(20)]
    rows[11] = sample(unsettled=0.2)
    whole = analysis(rows, mixed=((Fraction(5), Fraction(8)),))

    assert alike(whole, Fraction(10), ()) == (Fraction(83, 10), Fraction(10))


def test_between_equally_sharp_moments_the_one_with_a_face_is_the_poster() -> None:
    rows = [sample() for _ in range(40)]
    rows[22] = sample(face=0.3, faces=1)

    assert minute(rows).choose().poster == 22


def test_one_black_frame_is_still_something_to_show() -> None:
    film = Film(analysis([BLACK]), (Fraction(0),), Fraction(1), editing())

    assert film.choose() == Edit(cuts=(), stills=(Fraction(0),), poster=Fraction(0))


def test_instead_of_a_still_comes_the_nearest_moment_of_the_same_face_as_sharp_in_the_same_shot() -> None:
    face = sample(faces=1, face=0.2)
    samples = [face] * 40
    samples[18] = sample(faces=1, face=0.2, sharpness=100.0)  # less sharp
    samples[19] = sample()  # nobody there
    samples[23] = sample(faces=1, face=0.05)  # too small to be looked in the eyes
    film = analysis(samples, Fraction(1, 5), shots=(Fraction(5),))

    others = instead(film, Ranks.of(film), Fraction(4), 5)

    assert others == tuple(Fraction(n, 5) for n in (22, 17, 16, 15, 14))
    assert instead(film, Ranks.of(film), Fraction(0), 2) == (Fraction(2, 5), Fraction(3, 5))


def test_where_key_frames_are_few_a_still_comes_soon_after_one() -> None:
    film = analysis([sample(sharpness=300.0 + n % 7) for n in range(600)], Fraction(1, 5))
    keyframes = [Fraction(n) for n in range(0, 120, 8)]

    stills = pick_stills(film, Ranks.of(film), keyframes, Fraction(120), 4)

    assert len(stills) == 4
    assert all(time % 8 <= Fraction(2, 5) for time in stills)
    assert not set(stills) <= set(keyframes)


STEPS = analysis([sample()] * 80, Fraction(1, 5))


def test_the_still_is_sought_two_steps_of_analysis_around_its_moment() -> None:
    assert alike(STEPS, Fraction(4), ()) == (Fraction(18, 5), Fraction(22, 5))
    assert alike(STEPS, Fraction(0), ()) == (Fraction(0), Fraction(2, 5))


def test_two_stills_are_never_sought_in_one_place() -> None:
    stills = (Fraction(4), Fraction(21, 5), Fraction(5))

    spans = [alike(STEPS, time, stills) for time in stills]

    assert spans == [
        (Fraction(18, 5), Fraction(41, 10)),
        (Fraction(41, 10), Fraction(23, 5)),
        (Fraction(23, 5), Fraction(27, 5)),
    ]


def test_no_still_is_sought_near_the_boundary_of_its_shot_or_a_dissolve() -> None:
    film = replace(STEPS, shots=(Fraction(39, 10),), transitions=((Fraction(47, 10), Fraction(5)),))

    assert alike(film, Fraction(43, 10), ()) == (Fraction(42, 10), Fraction(44, 10))
    assert alike(film, Fraction(4), ()) == (Fraction(4), Fraction(44, 10))
    assert alike(film, Fraction(9, 2), ()) == (Fraction(42, 10), Fraction(9, 2))
