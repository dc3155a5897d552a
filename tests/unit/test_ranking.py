from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pipelines.domain.model import Sample
from pipelines.domain.selection.ranking import (
    Ranks,
    Sums,
    index_at,
    is_black,
    is_frozen,
    is_near_shot,
    is_spoilt,
    within,
)
from tests.unit.facts import BLACK, FROZEN, analysis, sample


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

    assert list(Ranks.of(analysis(heard)).loudness) == [0.0, 0.0, 0.5, 1.0, 1.0]


def test_sharpness_and_motion_are_judged_against_the_same_footage() -> None:
    dim = [sample(sharpness=sharpness, motion=sharpness / 100) for sharpness in (3.0, 1.0, 2.0)]
    bright = [sample(sharpness=sharpness, motion=sharpness / 100) for sharpness in (900.0, 300.0, 600.0)]

    first, second = (Ranks.of(analysis(samples)) for samples in (dim, bright))

    assert first.sharpness == second.sharpness
    assert first.motion == second.motion
    assert first.sharpness[0] > first.sharpness[2] > first.sharpness[1] >= 0.0
    assert max(first.sharpness) <= 1.0


def test_sums_up_to_each_sample_make_any_mean_one_step() -> None:
    sums = Sums.of(Ranks.of(analysis([BLACK, sample(loudness=-32.0), BLACK, BLACK])), (("loudness", 2.0),))

    assert [sums.mean("spoilt", *part) for part in ((0, 1), (1, 2), (0, 4))] == [1.0, 0.0, 0.75]
    assert sums.worth(1, 2) == pytest.approx(2.0 * 0.5**0.5)


def test_a_little_of_two_qualities_is_worth_more_than_much_of_one() -> None:
    ranks = replace(Ranks.of(analysis([sample()] * 4)), talking=[1.0, 1.0, 0.0, 0.0], detail=[0.0, 0.0, 1.0, 1.0])
    sums = Sums.of(ranks, (("detail", 1.0), ("talking", 1.0)))

    assert sums.worth(1, 3) > max(sums.worth(0, 2), sums.worth(2, 4))


def test_a_sharp_picture_held_by_a_hand_is_a_detail_and_the_same_movement_of_a_soft_one_is_none() -> None:
    rows = [sample(sharpness=1600.0, motion=2.0), sample(sharpness=60.0, motion=2.0), sample(), sample(motion=3.0)]

    detail = Ranks.of(analysis(rows)).detail

    assert max(detail) == detail[0] > 3 * detail[1]


@pytest.mark.parametrize(
    ("moment", "spoilt"),
    [
        (BLACK, True),
        (sample(), False),
        (FROZEN, False),
        (sample(luma=90.0, contrast=6.0), True),
        (sample(sharpness=12.0), True),
        (sample(luma=30.0, sharpness=50.0), True),
        (sample(luma=30.0, sharpness=200.0), False),
        (sample(shake=5.0), True),
        (sample(shake=1.2), False),
    ],
)
def test_what_is_covered_blurred_or_shaken_is_spoilt(moment: Sample, spoilt: bool) -> None:
    assert is_spoilt(moment) is spoilt


def test_a_picture_is_frozen_once_it_has_stood_still_for_a_second() -> None:
    rows = [sample(), FROZEN, sample(), *[FROZEN] * 6]

    assert list(Ranks.of(analysis(rows, step=Fraction(1, 5))).frozen) == [0, 0, 0, 1, 1, 1, 1, 1, 1]


def test_who_talks_is_a_face_of_some_size_and_a_voice_at_once() -> None:
    rows = [sample(face=0.3), sample(face=0.06), sample(), sample(face=0.3)]

    ranks = Ranks.of(analysis(rows, speech=((Fraction(1, 2), Fraction(3)),)))

    assert list(ranks.talking) == [0.5, 0.5, 0.0, 0.0]
    assert list(ranks.people) == [1.0, 0.5, 0.0, 1.0]


def test_a_time_is_within_a_span_but_not_at_its_ends() -> None:
    spans = ((Fraction(1), Fraction(2)), (Fraction(4), Fraction(6)))

    assert [within(spans, Fraction(time, 2)) for time in range(14)] == [n in {3, 9, 10, 11} for n in range(14)]


def test_a_well_exposed_picture_is_more_beautiful_than_a_dark_a_burnt_out_or_a_flat_one() -> None:
    moments = [
        sample(luma=118.0, contrast=50.0),
        sample(luma=30.0, contrast=50.0),
        sample(luma=240.0, contrast=50.0),
        sample(luma=118.0, contrast=5.0),
    ]

    best, *others = Ranks.of(analysis(moments)).beauty

    assert all(best > other for other in others)


def test_the_sample_shown_at_a_time_is_the_nearest_and_at_the_end_the_last() -> None:
    rows = analysis([sample()] * 10, step=Fraction(1, 5))

    assert [index_at(rows, Fraction(time)) for time in ("0", "0.2", "1.001", "1.8", "2", "60")] == [0, 1, 5, 9, 9, 9]


@pytest.mark.parametrize(
    ("time", "near"),
    [("2.99", False), ("3", True), ("4.5", True), ("6", True), ("6.01", False), ("7.99", False), ("8", True)],
)
def test_a_shot_is_near_a_time_within_the_margin_both_ends_included(time: str, near: bool) -> None:
    shots = tuple(map(Fraction, (4, 5, 9)))

    assert is_near_shot(shots, Fraction(time), Fraction(1)) is near
    assert not is_near_shot((), Fraction(time), Fraction(1))
