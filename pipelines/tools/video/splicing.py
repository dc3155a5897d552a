"""Where a clip leaves what is encoded already: which coded pictures can be copied, which frames must be made. Pure.

A clip may begin and end at any frame. Copying can only begin at a key frame, but it can stop wherever the pictures
decoded so far are exactly those shown so far: every few frames, not only at the next key frame. So what is encoded
again is the rest of the GOP that the clip begins in, and at most a mini-GOP at its end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Coded:
    """A film's pictures in the order they are decoded: when each is `shown` (ticks), and the indices of `keys`.

    GOPs are closed: no other film is cut.
    """

    shown: Sequence[int]
    keys: Sequence[int]


@dataclass(frozen=True, slots=True)
class Splice:
    """Of one clip: frames shown in `head` are encoded, pictures `copied` are taken as they are, `tail` is encoded.

    `head` and `tail` in ticks, `copied` in indices of the decoding order; the end is never included.
    """

    head: tuple[int, int]
    copied: tuple[int, int]
    tail: tuple[int, int]


def splice(film: Coded, start: int, end: int) -> Splice:
    """For the frames shown from `start` until before `end` (ticks)."""
    for key in film.keys[bisect_left(film.keys, start, key=film.shown.__getitem__) :]:
        if film.shown[key] >= end:
            break
        shown = film.shown[key : _after(film, end)]
        if count := _closed(shown, end):
            return Splice((start, film.shown[key]), (key, key + count), (min(shown[count:], default=end), end))
    return Splice((start, end), (0, 0), (end, end))


def _after(film: Coded, end: int) -> int:
    """The index of the first key frame shown at or after `end`: nothing from there on is decoded for the clip."""
    later = bisect_left(film.keys, end, key=film.shown.__getitem__)
    return film.keys[later] if later < len(film.keys) else len(film.shown)


def _closed(shown: Sequence[int], end: int) -> int:
    """How many of these pictures can be taken, the most there are, so that nothing shown between them is missing.

    0 where the first one, a key frame, is followed by pictures that are shown before it.
    """
    latest = [*accumulate(shown, max)]
    next_shown = [*accumulate(reversed(shown[1:]), min, initial=end)][::-1]
    if next_shown[0] < shown[0]:
        return 0
    closed = (n + 1 for n in range(len(shown)) if latest[n] < min(end, next_shown[n]))
    return max(closed, default=0)
