from __future__ import annotations

from array import array
from dataclasses import dataclass
from fractions import Fraction

from pipelines.tools.video.packets import Track, longest_hole


@dataclass(frozen=True)
class Stamped:
    """A packet as PyAV has it, as far as a track reads it."""

    pts: int | None
    dts: int | None
    duration: int | None = 1
    size: int = 100
    is_keyframe: bool = False


def entered(*packets: Stamped, exact: bool = False) -> Track:
    made = Track(Fraction(1, 10), is_exact=exact)
    for packet in packets:
        made.add(packet)  # type: ignore[arg-type]
    made.put_in_order()
    return made


def track(times: list[int], length: int = 1, base: Fraction = Fraction(1, 10)) -> Track:
    return Track(base, array("q", times), array("q", [length] * len(times)), end_tick=max(times) + length)


def test_a_track_is_as_long_as_its_packets_and_as_fast_as_most_of_them() -> None:
    steady = track([3, 4, 5, 6, 7])

    assert (steady.start, steady.end, steady.interval, steady.is_variable) == (
        Fraction(3, 10),
        Fraction(8, 10),
        Fraction(1, 10),
        False,
    )


def test_steps_that_differ_make_a_rate_variable_and_rounding_does_not() -> None:
    thirty = track([0, 33, 67, 100, 133, 167, 200], 33, Fraction(1, 1000))
    phone = track([0, 33, 67, 133, 167, 233, 267], 33, Fraction(1, 1000))

    assert not thirty.is_variable
    assert phone.is_variable


def test_frames_that_are_missing_or_doubled_do_not_change_the_rate() -> None:
    dropped = track([0, 1, 2, 5, 6, 7, 9, 10], base=Fraction(1, 30))
    milliseconds = track([0, 33, 67, 100, 133, 167, 200, 467, 500], 33, Fraction(1, 1000))
    doubled = track([0, 1, 1, 2, 3], base=Fraction(1, 25))

    assert (dropped.mean_rate, milliseconds.mean_rate, doubled.mean_rate) == (30, Fraction(7000, 233), 25)


def test_the_end_of_an_mp4_is_not_made_of_the_pause_beside_a_picture_coded_early() -> None:
    # In coding order: a pause of 70 ticks stands beside the picture shown before it, and the next one is coded first.
    film = entered(Stamped(0, -70, 70), Stamped(72, 0, 1), Stamped(71, 1, 1), Stamped(73, 2, 1), exact=True)

    assert list(film.times) == [0, 71, 72, 73]
    assert list(film.lengths) == [71, 1, 1, 1]
    assert film.end_tick == 74


def test_a_last_packet_without_a_duration_lasts_as_long_as_the_others() -> None:
    phone = entered(*(Stamped(n, n, 1) for n in (0, 10, 20)), Stamped(30, 30, 0), exact=True)
    held = entered(*(Stamped(n, n, 10) for n in (0, 10, 20)), Stamped(30, 30, 90), exact=True)

    assert (phone.end_tick, held.end_tick) == (40, 120)


def test_times_further_apart_than_a_tick_can_count_are_no_error() -> None:
    hostile = entered(Stamped(-(1 << 62), 0), Stamped((1 << 62) + 5, 1), exact=True)

    assert hostile.lengths[0] == (1 << 63) - 1


def test_nothing_is_missing_before_the_first_key_frame_where_a_hidden_one_came_before() -> None:
    midway = entered(Stamped(0, 0), Stamped(1, 1), Stamped(2, 2, is_keyframe=True))
    trimmed = entered(Stamped(0, 0), Stamped(1, 1), Stamped(2, 2, is_keyframe=True))
    trimmed.primed = True

    assert (midway.until_key, trimmed.until_key) == (Fraction(2, 10), 0)


def test_one_packet_has_no_rate() -> None:
    assert track([0]).interval == 0


def test_a_hole_is_where_neither_track_has_anything() -> None:
    picture, sound = track([0, 1, 2, 400]), track([*range(100), *range(300, 400)])

    assert longest_hole([picture]) == (Fraction(3, 10), Fraction(397, 10))
    assert longest_hole([picture, sound]) == (Fraction(10), Fraction(20))


def test_a_packet_is_not_believed_to_last_longer_than_a_second() -> None:
    frozen = track([0], 864_000)  # 24 hours of one frame

    assert longest_hole([frozen]) == (Fraction(1), Fraction(86_399))


def test_the_furthest_that_the_clock_went_back_is_kept_with_where() -> None:
    steady, joined = Track(Fraction(1, 10)), Track(Fraction(1, 10))
    for tick in (-1, 0, 1, 1, 2):
        steady.tick(tick)
    for tick in (0, 1, 5, 4, 6, 0, 1, 8, 7):
        joined.tick(tick)

    assert (steady.fall, steady.latest) == (0, 2)
    assert (joined.fall, joined.fell_at, joined.latest) == (6, 6, 8)


def test_packets_without_time_stamps_are_counted_between_those_that_have_one() -> None:
    stamped = [Stamped(12 + 2 * n, 10 + 2 * n, 2) if n in {0, 3} else Stamped(None, None, 2) for n in range(6)]

    track = entered(*stamped)

    assert list(track.times) == [12, 14, 16, 18, 20, 22]
    assert track.end == Fraction(24, 10)


def test_a_file_without_any_time_stamp_is_timed_by_its_packets_durations() -> None:
    track = entered(*[Stamped(None, None, 4)] * 3)

    assert (list(track.times), track.end) == ([0, 4, 8], Fraction(12, 10))


def test_a_time_stamp_that_comes_too_early_for_the_usual_step_is_not_passed() -> None:
    track = entered(Stamped(0, 0), Stamped(None, None), Stamped(None, None), Stamped(2, 2), Stamped(99, 99))

    assert list(track.times) == [0, 0, 1, 2, 99]


def test_the_last_packet_lasts_as_long_as_the_others_where_only_a_header_says_how_long() -> None:
    packets = [Stamped(n, n, 1) for n in range(4)]

    claimed = entered(*packets[:3], Stamped(3, 3, None))
    given = entered(*packets[:3], Stamped(3, 3, 50), exact=True)

    assert (claimed.end, given.end) == (Fraction(4, 10), Fraction(53, 10))
