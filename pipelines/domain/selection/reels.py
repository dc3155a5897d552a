"""The reel (集锦) of a film: short pieces of the best of each kind, in order of time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import cycle, islice
from math import log10

from pipelines.domain.model import Analysis, Cut, Editing
from pipelines.domain.selection.ranking import Sums, covering, index_at
from pipelines.domain.selection.reasons import reasons
from pipelines.domain.selection.seen import Seen

DISSOLVE = Fraction(2, 5)  # seconds that two pieces share
_SHORTER, _LONGER = Fraction(3, 4), Fraction(3, 2)  # of a piece's usual length
_KINDS = ("talking", "detail", "motion", "people")  # what a piece can be about
_WORTHWHILE = 2  # a film less than so many times as long as its reel has none
_PLAINLY = 0.6  # of what the best piece has of a kind; a reel is rather short than filled up
_REPEATED = 0.4  # what a scene counts for less that the reel shows already
_CHEAP = 0.05  # of a kind; what it counts for a piece to begin, or to end, with hardly anything to decode or encode
_MOST_GAIN = 12.0  # dB
_HEARD = -42.0  # LKFS; a murmur under it is not brought up


def shared_by_two(rate: Fraction) -> Fraction:
    """Seconds of a dissolve at so many frames a second: whole frames."""
    return round(DISSOLVE * rate) / rate


def joined_length(pieces: Sequence[Cut], shared: Fraction) -> Fraction:
    """Seconds of the pieces one after the other, each two sharing so many."""
    return sum((piece.end - piece.start for piece in pieces), Fraction(0)) - shared * (len(pieces) - 1)


@dataclass(frozen=True, slots=True)
class _Piece:
    start: Fraction
    end: Fraction
    scene: int
    kinds: dict[str, float]  # how much it has of each, and what it is worth in all
    cheap: int


@dataclass(frozen=True, slots=True)
class Joints:
    """Where a reel is cheaply joined: a dissolve into a piece is over, and one out of it begins, with a key frame."""

    starts: frozenset[Fraction] = frozenset()
    ends: frozenset[Fraction] = frozenset()

    @classmethod
    def at(cls, keyframes: Sequence[Fraction], shared: Fraction) -> Joints:
        """For a film with these key frames, where two pieces share so many seconds."""
        return cls(frozenset(key - shared for key in keyframes), frozenset(key + shared for key in keyframes))

    def count(self, start: Fraction, end: Fraction) -> int:
        """How many of a piece's two joints are cheap; none where nothing of it can be copied anyway."""
        return 1 + (end in self.ends) if start in self.starts else 0


_ANYWHERE = Joints()


def choose_reel(
    seen: Seen, points: Sequence[Fraction], editing: Editing, joints: Joints = _ANYWHERE
) -> tuple[Cut, ...]:
    """Pieces between the `points` (rising, the last one the film's end); none where the film is hardly longer.

    Each kind that the programme has a weight for gives its best piece in turn, the weightiest first, until the reel is
    as long as it may be. `joints`: where it is cheaply joined.
    """
    duration = points[-1]
    if not editing.reel_seconds or duration < _WORTHWHILE * editing.reel_seconds:
        return ()
    analysis, ranks = seen.analysis, seen.ranks
    pieces = _pieces(seen, points, editing, joints)
    weights = dict(editing.weights)
    kinds = sorted((kind for kind in _KINDS if weights.get(kind)), key=lambda kind: -weights[kind])
    taken = _in_turn(pieces, kinds or ["worth"], Fraction(editing.reel_seconds))
    cuts = [
        Cut(p.start, p.end, round(p.kinds["worth"], 4), reasons(analysis, ranks, p.start, p.end))
        for p in sorted(taken, key=lambda p: p.start)
    ]
    return evened(analysis, cuts, editing.loudness)


def _pieces(seen: Seen, points: Sequence[Fraction], editing: Editing, joints: Joints) -> list[_Piece]:
    analysis, sums = seen.analysis, Sums.of(seen.ranks, editing.weights)
    kinds = Sums.of(seen.ranks, tuple((kind, 1.0) for kind in _KINDS))
    found = []
    for n, start in enumerate(points):
        for end in islice(points, n + 1, None):
            if end - start > editing.reel_piece * _LONGER:
                break
            span = index_at(analysis, start), index_at(analysis, end)
            if end - start < editing.reel_piece * _SHORTER or span[0] >= span[1]:
                continue
            whole = covering(analysis, start, end)
            if not sums.mean("spoilt", *whole) and not sums.mean("frozen", *whole):
                of = {kind: kinds.mean(kind, *span) for kind in _KINDS}
                of["worth"] = sums.worth(*span)
                found.append(_Piece(start, end, seen.scenes.at((start + end) / 2), of, joints.count(start, end)))
    return found


def _in_turn(pieces: Sequence[_Piece], kinds: Sequence[str], longest: Fraction) -> list[_Piece]:
    taken: list[_Piece] = []
    least = {kind: _PLAINLY * max((p.kinds[kind] for p in pieces), default=0.0) for kind in kinds}
    free, room, in_vain = list(pieces), longest, 0
    for kind in cycle(kinds):
        if in_vain == len(kinds):
            break
        plain = [p for p in free if p.kinds[kind] >= least[kind] > 0 and p.end - p.start <= room]
        best = _best(plain, kind, taken)
        in_vain = in_vain + 1 if best is None else 0
        if best:
            room -= best.end - best.start - (DISSOLVE if taken else 0)
            taken.append(best)
            free = [p for p in free if p.end <= best.start or best.end <= p.start]
    return taken


def _best(pieces: Sequence[_Piece], kind: str, taken: Sequence[_Piece]) -> _Piece | None:
    shown = {piece.scene for piece in taken}

    def counts(p: _Piece) -> float:
        return p.kinds[kind] - _REPEATED * (p.scene in shown) + _CHEAP * p.cheap + p.kinds["worth"] / 100

    return max(pieces, key=counts, default=None)


def evened(analysis: Analysis, cuts: Sequence[Cut], target: float | None) -> tuple[Cut, ...]:
    """The same with the gain (dB) that brings each piece to the same loudness; silence stays silence."""
    levels = [_level(analysis, cut) for cut in cuts]
    heard = [level for level in levels if level is not None]
    goal = target if target is not None else sum(heard) / max(1, len(heard))
    gains = (0.0 if level is None else max(-_MOST_GAIN, min(_MOST_GAIN, goal - level)) for level in levels)
    return tuple(replace(cut, gain=round(gain, 1)) for cut, gain in zip(cuts, gains, strict=True))


def _level(analysis: Analysis, cut: Cut) -> float | None:
    """The mean energy of what is heard, in LKFS; None of silence."""
    samples = analysis.samples[index_at(analysis, cut.start) : index_at(analysis, cut.end)]
    heard = [10 ** (sample.loudness / 10) for sample in samples if sample.loudness > _HEARD]
    return 10 * log10(sum(heard) / len(heard)) if heard else None
