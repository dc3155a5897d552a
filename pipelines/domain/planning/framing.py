"""Plan how a narrow frame follows the speaker across a wide picture.

The frame stands still while the face is near its middle. It pans gently once the face has stayed away for a while.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from pipelines.domain.model import Analysis, Cut
from pipelines.domain.selection.ranking import index_at

_MIDDLE = 0.5
_NEAR = 0.22  # of the narrow frame's width: how far from its middle a face may be
_AWAY_FOR = Fraction(4, 5)  # seconds that the face is away before the frame pans
_SLOWEST, _FASTEST = Fraction(4, 5), Fraction(2)  # seconds: the shortest and the longest pan
_A_SECOND = 0.25  # of the picture's width that a pan covers in a second


@dataclass(frozen=True, slots=True)
class Move:
    """A move of the frame.

    It begins `at` seconds and takes `seconds` (0: a jump). `x`: where the frame's middle goes, of the picture's width.
    """

    at: Fraction
    seconds: Fraction
    x: float


def follow(analysis: Analysis, pieces: Sequence[Cut], shared: Fraction, share: float) -> tuple[Move, ...]:
    """Return the moves for these pieces of the analysed film, joined so that each two share `shared` seconds.

    `share`: the part of the picture's width that the narrow frame shows. The first move is at 0. The frame jumps at
    the start of each piece.
    """
    moves: list[Move] = []
    at = Fraction(0)
    for number, piece in enumerate(pieces):
        begins = at + (shared / 2 if number else 0)
        for move in _in_piece(analysis, piece, share):
            place = max(share / 2, min(1 - share / 2, move.x))
            moves.append(Move(max(begins, at + move.at), move.seconds, round(place, 4)))
        at += piece.end - piece.start - shared
    return tuple(_needed(moves))


def _in_piece(analysis: Analysis, piece: Cut, share: float) -> Iterator[Move]:
    """Yield the moves in one piece, in seconds from its start."""
    faces = _faces(analysis, piece)
    some = max(1, round(1 / analysis.step))
    where = median(faces[:some])
    yield Move(Fraction(0), Fraction(0), where)
    away, there_at = 0, Fraction(0)
    for number, face in enumerate(faces):
        away = away + 1 if abs(face - where) > _NEAR * share else 0
        if away * analysis.step >= _AWAY_FOR and number * analysis.step >= there_at:
            there = median(faces[number - away + 1 : number + 1])
            takes = max(_SLOWEST, min(_FASTEST, Fraction(round(abs(there - where) / _A_SECOND * 100), 100)))
            begins = number * analysis.step
            if begins + takes > piece.end - piece.start:
                return  # the pan would not end within the piece
            yield Move(begins, takes, there)
            where, away, there_at = there, 0, begins + takes


def _faces(analysis: Analysis, piece: Cut) -> list[float]:
    """Return the largest face's place in each sample, of the picture's width.

    Without a face it is the last known place, or the first one to come, or the middle.
    """
    first = index_at(analysis, piece.start)
    samples = analysis.samples[first : max(first + 1, index_at(analysis, piece.end))]
    seen = [sample.face_x if sample.faces else None for sample in samples]
    last = next((x for x in seen if x is not None), _MIDDLE)
    filled = []
    for x in seen:
        last = last if x is None else x
        filled.append(last)
    return filled


def _needed(moves: Sequence[Move]) -> Iterator[Move]:
    """Yield the moves that change the frame's place."""
    where: float | None = None
    for move in moves:
        if move.x != where:
            yield move
        where = move.x
