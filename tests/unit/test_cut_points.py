from __future__ import annotations

from fractions import Fraction

from hypothesis import given, strategies as st

from pipelines.domain.selection.cut_points import cut_points
from tests.unit.facts import BLACK, analysis, quick, sample

RATE = Fraction(30)


def test_a_clip_may_begin_every_second_where_nobody_speaks() -> None:
    assert cut_points(analysis([sample()] * 4), Fraction(4), RATE) == tuple(map(Fraction, range(5)))


def test_it_may_begin_with_a_shot_and_at_the_frame_nearest_to_it() -> None:
    rows = analysis([sample()] * 4, shots=(Fraction("2.501"),))

    assert Fraction(75, 30) in cut_points(rows, Fraction(4), RATE)


def test_just_before_and_just_after_what_is_said_but_never_within() -> None:
    rows = analysis([sample()] * 10, speech=((Fraction("2.2"), Fraction("5.8")), (Fraction("5.9"), Fraction("7.1"))))

    points = cut_points(rows, Fraction(10), RATE)

    assert [point for point in points if 2 < point < 8] == [Fraction("2.1"), Fraction("7.2")]


def test_a_pause_too_short_for_both_has_one_point_in_its_middle() -> None:
    rows = analysis([sample()] * 10, speech=((Fraction(2), Fraction(5)), (Fraction("5.16"), Fraction(8))))

    assert [point for point in cut_points(rows, Fraction(10), RATE) if 3 < point < 7] == [Fraction(152, 30)]


def test_never_within_a_dissolve_but_where_it_ends() -> None:
    rows = analysis([sample()] * 10, shots=(Fraction(5),), transitions=((Fraction("4.5"), Fraction("5.5")),))

    points = cut_points(rows, Fraction(10), RATE)

    assert [point for point in points if 4 < point < 6] == [Fraction("4.5"), Fraction("5.5")]


def test_clear_of_what_is_spoilt_by_a_sample_on_either_side() -> None:
    rows = analysis([sample()] * 5 + [BLACK] * 5 + [sample()] * 5, step=Fraction(1, 5))

    points = cut_points(rows, Fraction(3), RATE)

    assert {Fraction(4, 5), Fraction(11, 5)} <= set(points)


@quick
@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 60)), max_size=8),
    st.sampled_from([Fraction(30), Fraction(25), Fraction(30000, 1001)]),
)
def test_points_rise_from_the_beginning_to_the_end_on_whole_frames_outside_of_words(
    said: list[tuple[int, int]], rate: Fraction
) -> None:
    speech, at = [], Fraction(0)
    for start, length in said:
        begins = at + Fraction(start, 10)
        at = begins + Fraction(length, 10)
        speech.append((begins, at))
        at += Fraction(1, 20)
    duration = max(Fraction(60), at + 1)
    frames = round(duration * rate)

    points = cut_points(analysis([sample()] * 60, speech=tuple(speech)), frames / rate, rate)

    assert points[0] == 0
    assert points[-1] == frames / rate
    assert list(points) == sorted(set(points))
    assert all((point * rate).denominator == 1 for point in points)
    assert not any(start < point < end for point in points[1:-1] for start, end in speech)
