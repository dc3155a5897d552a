"""Choose the reel (集锦) of a film: short pieces of the best of each kind, in time order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import cycle, islice

from pipelines.domain.model import Analysis, Cut, Editing
from pipelines.domain.selection.levels import energy_mean
from pipelines.domain.selection.ranking import Sums, covering, index_at
from pipelines.domain.selection.reasons import reasons
from pipelines.domain.selection.seen import Seen

DISSOLVE = Fraction(2, 5)  # seconds that two consecutive pieces share
_SHORTER, _LONGER = Fraction(3, 4), Fraction(3, 2)  # of the programme's piece length
_KINDS = ("talking", "detail", "motion", "people")  # the kinds of subject that a piece can have
_WORTHWHILE = 2  # a film shorter than this many times its reel gets no reel
_PLAINLY = 0.6  # of the best piece of a kind; below it a piece is left out, and the reel stays shorter
_REPEATED = 0.4  # taken off a piece whose scene the reel shows already
_CHEAP = 0.05  # added per joint that needs hardly any decoding or encoding
_MOST_GAIN = 12.0  # dB
_HEARD = -42.0  # LKFS; quieter samples are left out, so that a murmur is not brought up


def shared_by_two(rate: Fraction) -> Fraction:
    """Return the seconds of a dissolve at `rate` frames per second, rounded to whole frames."""
    return round(DISSOLVE * rate) / rate


def joined_length(pieces: Sequence[Cut], shared: Fraction) -> Fraction:
    """Return the seconds of the joined pieces, when each two neighbours share `shared` seconds."""
    return sum((piece.end - piece.start for piece in pieces), Fraction(0)) - shared * (len(pieces) - 1)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A candidate for the reel. `cheap`: the number of its cheap joints."""

    start: Fraction
    end: Fraction
    scene: int
    kinds: dict[str, float]  # the mean of each kind, and under "worth" the total worth
    cheap: int


@dataclass(frozen=True, slots=True)
class Joints:
    """The times at which a piece is cheaply joined.

    A dissolve into a piece ends at a key frame, or one out of it begins at a key frame.
    """

    starts: frozenset[Fraction] = frozenset()
    ends: frozenset[Fraction] = frozenset()

    @classmethod
    def at(cls, keyframes: Sequence[Fraction], shared: Fraction) -> Joints:
        """Return the cheap joints of a film with these key frames, when two pieces share `shared` seconds."""
        return cls(frozenset(key - shared for key in keyframes), frozenset(key + shared for key in keyframes))

    def count(self, start: Fraction, end: Fraction) -> int:
        """Return how many of a piece's two joints are cheap.

        Return 0 where the start is not cheap: then nothing of the piece can be copied anyway.
        """
        return 1 + (end in self.ends) if start in self.starts else 0


_ANYWHERE = Joints()


def choose_reel(
    seen: Seen, points: Sequence[Fraction], editing: Editing, joints: Joints = _ANYWHERE
) -> tuple[Cut, ...]:
    """Return the pieces of the reel, in time order; none for a film under `_WORTHWHILE` times the reel's length.

    Each piece runs between two of the `points` (rising, the last one is the film's end). Each kind that has a weight
    in the programme gives its best piece in turn, the heaviest kind first, until the reel is as long as it may be.
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
    """Return every usable piece between two points, without a spoilt or frozen moment."""
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
    """Return the best piece of each kind in turn, in the order taken, up to `longest` seconds in all."""
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
    """Return the cuts with the gain in dB that brings each to the same loudness; silent ones get no gain.

    `target`: LKFS; None: the mean level of the cuts. A gain is at most 12 dB either way.
    """
    levels = [_level(analysis, cut) for cut in cuts]
    heard = [level for level in levels if level is not None]
    goal = target if target is not None else sum(heard) / max(1, len(heard))
    gains = (0.0 if level is None else max(-_MOST_GAIN, min(_MOST_GAIN, goal - level)) for level in levels)
    return tuple(replace(cut, gain=round(gain, 1)) for cut, gain in zip(cuts, gains, strict=True))


def _level(analysis: Analysis, cut: Cut) -> float | None:
    """Return the mean energy, in LKFS, of the cut's audible samples; None for silence."""
    samples = analysis.samples[index_at(analysis, cut.start) : index_at(analysis, cut.end)]
    heard = [sample.loudness for sample in samples if sample.loudness > _HEARD]
    return energy_mean(heard) if heard else None
