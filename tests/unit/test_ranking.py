from __future__ import annotations

from fractions import Fraction

import pytest

from pipelines.model import Sample
from pipelines.ranking import Ranks, index_at, is_black, is_frozen, shots_near
from tests.unit.facts import BLACK, FROZEN, analysis, editing, sample


@pytest.mark.parametrize(
    ("moment", "black", "frozen"),
    [
        (BLACK, True, True),
        (FROZEN, False, True),
        (sample(), False, False),
        (sample(luma=5.0, contrast=30.0), False, False),
        (sample(luma=60.0, contrast=2.0), False, False),
    ],
)
def test_black_is_dark_without_contrast_and_frozen_is_without_motion(moment: Sample, black: bool, frozen: bool) -> None:
    assert (is_black(moment), is_frozen(moment)) == (black, frozen)


def test_loudness_counts_from_where_a_voice_begins_to_be_heard_to_a_shout() -> None:
    heard = [sample(loudness=loudness) for loudness in (-70.0, -50.0, -32.0, -14.0, -3.0)]

    assert list(Ranks.of(analysis(heard), editing()).loudness) == [0.0, 0.0, 0.5, 1.0, 1.0]


def test_sharpness_and_motion_are_judged_against_the_same_footage() -> None:
    dim = [sample(sharpness=sharpness, motion=sharpness / 100) for sharpness in (3.0, 1.0, 2.0)]
    bright = [sample(sharpness=sharpness, motion=sharpness / 100) for sharpness in (900.0, 300.0, 600.0)]

    first, second = (Ranks.of(analysis(samples), editing()) for samples in (dim, bright))

    assert first.sharpness == second.sharpness
    assert first.motion == second.motion
    assert first.sharpness[0] > first.sharpness[2] > first.sharpness[1] >= 0.0
    assert max(first.sharpness) <= 1.0


def test_sums_up_to_each_sample_make_any_mean_one_step() -> None:
    ranks = Ranks.of(analysis([BLACK, sample(), BLACK, BLACK]), editing())

    assert list(ranks.black_up_to) == [0, 1, 1, 2, 3]
    assert len(ranks.worth_up_to) == 5
    assert ranks.worth_up_to[0] == 0.0
    assert ranks.worth_up_to[2] - ranks.worth_up_to[1] > 0 > ranks.worth_up_to[1]


def test_a_black_moment_is_worth_less_than_a_frozen_one_and_that_less_than_a_living_one() -> None:
    worth = [Ranks.of(analysis([moment]), editing()).worth_up_to[1] for moment in (BLACK, FROZEN, sample())]

    assert worth == sorted(worth)
    assert len(set(worth)) == 3


def test_a_well_exposed_picture_is_more_beautiful_than_a_dark_a_burnt_out_or_a_flat_one() -> None:
    moments = [
        sample(luma=118.0, contrast=50.0),
        sample(luma=30.0, contrast=50.0),
        sample(luma=240.0, contrast=50.0),
        sample(luma=118.0, contrast=5.0),
    ]

    best, *others = Ranks.of(analysis(moments), editing()).beauty

    assert all(best > other for other in others)


def test_the_sample_shown_at_a_time_is_the_nearest_and_at_the_end_the_last() -> None:
    rows = analysis([sample()] * 10, step=Fraction(1, 5))

    assert [index_at(rows, Fraction(time)) for time in ("0", "0.2", "1.001", "1.8", "2", "60")] == [0, 1, 5, 9, 9, 9]


def test_the_shots_near_a_time_are_those_within_the_margin_both_ends_included() -> None:
    shots = tuple(map(Fraction, (1, 4, 5, 9)))

    assert shots_near(shots, Fraction(5), Fraction(1)) == (4, 5)
    assert shots_near(shots, Fraction(7), Fraction(1)) == ()
    assert shots_near((), Fraction(7), Fraction(1)) == ()
