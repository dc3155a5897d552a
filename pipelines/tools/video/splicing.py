"""Decide which coded pictures of a clip can be copied and which frames must be encoded again, without any I/O.

A clip may begin and end at any frame. Copying can only begin at a key frame. It can stop wherever the pictures decoded
so far are exactly those shown so far: every few frames, not only at the next key frame. So only two parts are encoded
again: the rest of the GOP that the clip begins in, and at most a mini-GOP at its end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Coded:
    """A film's pictures in decoding order: presentation times `shown` (ticks), and the indices `keys` of key frames.

    All GOPs are closed: no other film is cut.
    """

    shown: Sequence[int]
    keys: Sequence[int]


@dataclass(frozen=True, slots=True)
class Splice:
    """The parts of one clip: `head` and `tail` are encoded, `copied` pictures are taken as they are.

    `head` and `tail` are presentation times in ticks, `copied` is indices in decoding order. The end is never included.
    """

    head: tuple[int, int]
    copied: tuple[int, int]
    tail: tuple[int, int]


def splice(film: Coded, start: int, end: int) -> Splice:
    """Return the parts of the clip shown from `start` until before `end` (ticks)."""
    for key in film.keys[bisect_left(film.keys, start, key=film.shown.__getitem__) :]:
        if film.shown[key] >= end:
            break
        shown = film.shown[key : _after(film, end)]
        if count := _closed(shown, end):
            return Splice((start, film.shown[key]), (key, key + count), (min(shown[count:], default=end), end))
    return Splice((start, end), (0, 0), (end, end))


def _after(film: Coded, end: int) -> int:
    """Return the index of the first key frame shown at or after `end`: from there on, the clip needs nothing."""
    later = bisect_left(film.keys, end, key=film.shown.__getitem__)
    return film.keys[later] if later < len(film.keys) else len(film.shown)


def _closed(shown: Sequence[int], end: int) -> int:
    """Count the most pictures that can be taken so that nothing shown between them is missing.

    0 where the first one, a key frame, is followed by pictures that are shown before it.
    """
    latest = [*accumulate(shown, max)]
    next_shown = [*accumulate(reversed(shown[1:]), min, initial=end)][::-1]
    if next_shown[0] < shown[0]:
        return 0
    closed = (n + 1 for n in range(len(shown)) if latest[n] < min(end, next_shown[n]))
    return max(closed, default=0)
