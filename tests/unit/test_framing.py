"""A narrow frame on a wide picture: it follows who speaks, calmly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, strategies as st

from pipelines.domain.model import Analysis, Cut
from pipelines.domain.planning.framing import Move, follow
from tests.unit.facts import analysis, quick, sample

STEP, SHARE = Fraction(1, 5), 0.316
SHARED = Fraction(2, 5)


def faces(*where: float | None) -> Analysis:
    """One sample a fifth of a second; None: nobody is there."""
    return analysis([sample(faces=0 if x is None else 1, face_x=0.5 if x is None else x) for x in where], STEP)


def whole(film: Analysis) -> tuple[Cut, ...]:
    return (Cut(Fraction(0), len(film.samples) * STEP, 1.0, ()),)


def moves(film: Analysis, *pieces: Cut) -> tuple[Move, ...]:
    return follow(film, pieces or whole(film), SHARED, SHARE)


def position(moves: Sequence[Move], time: Fraction) -> float:
    """Where the middle of the frame is at `time`: eased, it neither starts nor stops with a jerk."""
    where = moves[0].x
    for move in moves[1:]:
        done = 1.0 if not move.seconds else float(max(Fraction(0), min(Fraction(1), (time - move.at) / move.seconds)))
        if time >= move.at:
            where += (move.x - where) * (3 * done**2 - 2 * done**3)
    return where


def test_without_a_face_it_looks_at_the_middle():
    assert moves(faces(*[None] * 50)) == (Move(Fraction(0), Fraction(0), 0.5),)


def test_a_face_that_stays_is_in_the_middle_all_the_time():
    assert moves(faces(*[0.6] * 50)) == (Move(Fraction(0), Fraction(0), 0.6),)


def test_it_never_looks_beyond_the_picture():
    assert moves(faces(*[0.02] * 50)) == (Move(Fraction(0), Fraction(0), 0.158),)
    assert moves(faces(*[0.99] * 50)) == (Move(Fraction(0), Fraction(0), 0.842),)


def test_small_movements_are_not_followed():
    assert len(moves(faces(*[0.5, 0.55] * 50))) == 1


def test_who_walks_away_is_followed_once_and_softly():
    made = moves(faces(*[0.3] * 20, *[0.7] * 30))

    assert made[0] == Move(Fraction(0), Fraction(0), 0.3)
    assert [(move.x, move.seconds) for move in made[1:]] == [(0.7, Fraction(8, 5))]
    assert Fraction(4) < made[1].at < Fraction(5)


def test_a_face_that_is_lost_for_a_moment_does_not_move_it():
    assert len(moves(faces(*[0.3] * 20, *[None] * 10, *[0.3] * 20))) == 1


def test_to_the_next_piece_it_jumps_within_the_dissolve():
    film = faces(*[0.3] * 50, *[0.7] * 50)
    first, second = Cut(Fraction(2), Fraction(8), 1.0, ()), Cut(Fraction(12), Fraction(18), 1.0, ())

    made = moves(film, first, second)

    assert made == (Move(Fraction(0), Fraction(0), 0.3), Move(Fraction(29, 5), Fraction(0), 0.7))
    assert position(made, Fraction(57, 10)) == 0.3
    assert position(made, Fraction(59, 10)) == 0.7


places = st.one_of(st.none(), st.floats(0, 1))


@quick
@given(where=st.lists(places, min_size=5, max_size=200))
def test_it_stays_within_the_picture_and_never_rushes(where):
    film = faces(*where)

    made = moves(film)

    times = [Fraction(n, 25) for n in range(len(where) * 5)]
    path = [position(made, time) for time in times]
    assert all(SHARE / 2 - 1e-4 <= x <= 1 - SHARE / 2 + 1e-4 for x in path)
    assert all(abs(b - a) <= 0.035 for a, b in pairwise(path))  # of the width, a 25th of a second
    assert all(a.at + a.seconds <= b.at for a, b in pairwise(made))
