from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from pipelines.domain.model import Analysis, Cut, Sample
from pipelines.domain.selection.cut_points import cut_points
from pipelines.domain.selection.highlights import choose
from pipelines.domain.selection.reels import Joints, choose_reel
from pipelines.domain.selection.seen import Seen
from tests.unit.facts import BLACK, FROZEN, analysis, editing, sample

WANTED = {"clips": 1, "reel_seconds": 15, "reel_piece": 5}
TALK = sample(face=0.3, faces=1, colours="a" * 18, loudness=-20.0)
DETAIL = sample(sharpness=900.0, motion=0.1, colours="3" * 18, loudness=-60.0)
ACTION = sample(motion=20.0, colours="f" * 18)
PLAIN = sample(sharpness=60.0, motion=2.0)


def reel(rows: Analysis, **changes: object) -> tuple[Cut, ...]:
    wanted = {**WANTED, "weights": (("detail", 1.0), ("motion", 0.5), ("talking", 3.0)), **changes}
    return choose_reel(
        Seen.of(rows, Fraction(len(rows.samples))),
        cut_points(rows, Fraction(len(rows.samples)), Fraction(30)),
        editing(**wanted),
    )


def event(kinds: list[Sample], at: int = 20) -> Analysis:
    """Ten seconds of each, plain ones between them; whoever has a face speaks."""
    rows = [seen for kind in kinds for seen in (*[PLAIN] * at, *[kind] * 10)] + [PLAIN] * at
    speech = tuple(
        (Fraction(n * (at + 10) + at), Fraction((n + 1) * (at + 10))) for n, kind in enumerate(kinds) if kind.faces
    )
    return analysis(rows, shots=tuple(map(Fraction, range(at, len(rows), 10))), speech=speech)


def test_each_kind_gives_its_best_piece_and_they_follow_each_other_in_time() -> None:
    pieces = reel(event([DETAIL, ACTION, TALK]), reel_seconds=25, reel_piece=8)

    assert [(20 <= p.start < p.end <= 30, 50 <= p.start < p.end <= 60) for p in pieces][:2] == [
        (True, False),
        (False, True),
    ]
    assert all(before.end <= after.start for before, after in pairwise(pieces))


def test_a_reel_is_no_longer_than_the_programme_says() -> None:
    pieces = reel(event([DETAIL, ACTION, TALK, DETAIL]))

    assert len(pieces) >= 2
    assert sum(piece.end - piece.start for piece in pieces) <= 15 + Fraction(2, 5) * (len(pieces) - 1)


@pytest.mark.parametrize("spoilt", [BLACK, FROZEN, sample(shake=5.0), sample(contrast=4.0)])
def test_nothing_of_it_is_spoilt_or_stands_still(spoilt: Sample) -> None:
    rows = event([replace(spoilt, motion=0.0), ACTION, DETAIL])

    pieces = reel(rows)

    assert pieces
    assert not any(piece.start < 30 and piece.end > 20 for piece in pieces)


def test_a_film_hardly_longer_than_its_reel_has_none() -> None:
    assert reel(analysis([ACTION] * 29)) == ()
    assert reel(analysis([ACTION] * 60), reel_seconds=0, reel_piece=0) == ()


def test_quiet_and_loud_pieces_are_brought_to_the_films_loudness_and_silence_stays() -> None:
    loud = replace(TALK, loudness=-14.0)
    quiet, silent = replace(ACTION, loudness=-30.0), replace(DETAIL, loudness=-70.0)

    gains = {
        p.start // 30: p.gain for p in reel(event([loud, quiet, silent]), loudness=-24.0, reel_seconds=25, reel_piece=8)
    }

    assert gains == {0: -10.0, 1: 6.0, 2: 0.0}


def test_every_piece_says_why() -> None:
    assert all(piece.reasons and all(piece.reasons) for piece in reel(event([DETAIL, ACTION, TALK])))


def test_a_piece_is_cheap_whose_first_dissolve_ends_and_whose_last_begins_with_a_key_frame() -> None:
    joints = Joints.at((Fraction(4), Fraction(8)), Fraction(2, 5))

    assert joints == Joints(
        frozenset({Fraction(18, 5), Fraction(38, 5)}), frozenset({Fraction(22, 5), Fraction(42, 5)})
    )
    assert joints.count(Fraction(18, 5), Fraction(42, 5)) == 2
    assert joints.count(Fraction(18, 5), Fraction(8)) == 1
    assert joints.count(Fraction(4), Fraction(42, 5)) == 0  # nothing of it can be copied


def test_between_equals_a_reel_takes_the_cheap_ones_but_none_that_shows_the_end_of_another_shot() -> None:
    shots = (Fraction(24), Fraction(44))
    keyframes, wanted = [Fraction(n) for n in range(0, 60, 4)], editing(**WANTED, weights=(("motion", 1.0),))
    joints = Joints.at([key for key in keyframes if key not in shots], Fraction(2, 5))

    chosen = choose(analysis([ACTION] * 60, shots=shots), keyframes, Fraction(60), wanted, Fraction(30))

    assert len(chosen.reel) >= 2
    assert all(joints.count(piece.start, piece.end) == 2 for piece in chosen.reel)
