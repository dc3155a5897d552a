"""What of a clip is copied and what is encoded, by the order of decoding alone."""

from __future__ import annotations

from hypothesis import given, strategies as st

from pipelines.tools.video.splicing import Coded, Splice, splice
from tests.unit.facts import quick

# Two GOPs of six frames, 10 ticks each, as x264 orders them: I P B B P B | I P B B P B
FILM = Coded((0, 30, 10, 20, 50, 40, 60, 90, 70, 80, 110, 100), (0, 6))


def test_between_two_key_frames_everything_is_copied():
    assert splice(FILM, 0, 60) == Splice((0, 0), (0, 6), (60, 60))


def test_what_comes_before_the_first_key_frame_is_encoded():
    assert splice(FILM, 20, 120) == Splice((20, 60), (6, 12), (120, 120))


def test_a_clip_may_end_within_a_gop_where_nothing_shown_is_missing():
    assert splice(FILM, 0, 40) == Splice((0, 0), (0, 4), (40, 40))


def test_what_cannot_be_decoded_without_later_pictures_is_encoded():
    assert splice(FILM, 0, 30) == Splice((0, 0), (0, 1), (10, 30))


def test_a_clip_within_one_gop_is_encoded():
    assert splice(FILM, 10, 50) == Splice((10, 50), (0, 0), (50, 50))


def test_a_key_frame_followed_by_pictures_shown_before_it_is_none_to_begin_at():
    leading = Coded((0, 10, 40, 20, 30, 50, 60), (0, 2))
    assert splice(leading, 10, 70) == Splice((10, 70), (0, 0), (70, 70))


@st.composite
def _films(draw):
    """GOPs of mini-GOPs, each with its last picture decoded first; and a span of it."""
    shown, keys, time = [], [], 0
    for minis in draw(st.lists(st.lists(st.integers(0, 3), max_size=4), min_size=1, max_size=4)):
        keys.append(len(shown))
        shown.append(time)
        for b_pictures in minis:
            shown += [time + b_pictures + 1, *range(time + 1, time + b_pictures + 1)]
            time += b_pictures + 1
        time += 1
    start = draw(st.integers(0, time - 1))
    return Coded(shown, keys), start, draw(st.integers(start + 1, time))


@quick
@given(_films())
def test_every_frame_of_a_clip_is_there_once_and_no_other(film_and_span):
    film, start, end = film_and_span
    plan = splice(film, start, end)
    copied = film.shown[slice(*plan.copied)]

    made = [*range(*plan.head), *sorted(copied), *range(*plan.tail)]

    assert made == [*range(start, end)]


@quick
@given(_films())
def test_a_copy_begins_at_a_key_frame_and_needs_nothing_that_it_leaves_out(film_and_span):
    film, start, end = film_and_span
    first, last = splice(film, start, end).copied
    if first < last:
        assert first in film.keys
        assert max(film.shown[first:last]) < min([*film.shown[last:], end])
