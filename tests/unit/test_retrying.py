"""What becomes of a job that could not be done."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pipelines.domain.errors import (
    Busy,
    Crashed,
    FootageError,
    Full,
    GateFailed,
    Internal,
    Killed,
    NoSpace,
    Outage,
    Permanent,
    Quarantined,
    Stalled,
    ToolFailed,
)
from pipelines.scheduling.retrying import ATTEMPTS, FIRST_RETRY_SECONDS, MOST_DEATHS, Verdict, delay, verdict
from tests.unit.facts import quick

FIRST = FIRST_RETRY_SECONDS
LATEST = 1.0  # the chance that makes a wait as long as it can be

MAY_PASS = [Stalled("no progress"), Outage("the store is away")]
WAITS = [(Busy("another makes it"), 3.0), (Full("promised to others"), 5.0), (NoSpace("too little disk"), 30.0)]
SAME_AGAIN = [ToolFailed("ffmpeg"), GateFailed(()), Permanent("a bug", code="internal"), Quarantined("killed twice")]
ALL = [*MAY_PASS, *(error for error, _ in WAITS), *SAME_AGAIN, Killed("no memory")]


def after(error: FootageError, attempts: int = 1, deaths: int = 0, chance: float = LATEST) -> Verdict:
    return verdict(error, attempts, deaths, FIRST, chance)


def named(error: object) -> str:
    return type(error).__name__


# ---- how long


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 15.0), (2, 60.0), (3, 240.0), (4, 900.0), (5, 900.0)])
def test_each_wait_is_four_times_the_one_before_and_none_longer_than_a_quarter_of_an_hour(
    attempts: int, seconds: float
) -> None:
    assert delay(attempts, FIRST, LATEST) == seconds


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 11.25), (2, 45.0), (3, 180.0), (4, 675.0)])
def test_the_earliest_retry_comes_after_three_quarters_of_the_longest_wait(attempts: int, seconds: float) -> None:
    assert delay(attempts, FIRST, 0.0) == seconds


def test_what_failed_together_is_spread_evenly_in_between() -> None:
    waits = [delay(1, FIRST, chance) for chance in (0.0, 0.25, 0.5, 0.75, 1.0)]

    assert waits == [11.25, 12.1875, 13.125, 14.0625, 15.0]


def test_the_first_wait_is_the_one_asked_for_and_the_cap_holds_for_any() -> None:
    assert [delay(attempts, 2.0, LATEST) for attempts in (1, 2, 3, 4, 5)] == [2.0, 8.0, 32.0, 128.0, 512.0]
    assert delay(1, 3600.0, LATEST) == 900.0
    assert delay(3, 0.0, LATEST) == 0.0  # at once, as the benches want it


@quick
@given(attempts=st.integers(1, ATTEMPTS), first=st.floats(0.01, 10_000), chance=st.floats(0, 1), later=st.floats(0, 1))
def test_a_wait_lies_between_three_quarters_and_the_whole_and_grows_with_chance(
    attempts: int, first: float, chance: float, later: float
) -> None:
    whole = min(first * 4 ** (attempts - 1), 900.0)

    wait = delay(attempts, first, chance)

    assert whole * 0.75 <= wait <= whole
    assert (wait <= delay(attempts, first, later)) or later < chance


# ---- a failure that may pass


@pytest.mark.parametrize("error", MAY_PASS, ids=named)
@pytest.mark.parametrize(("attempts", "seconds"), [(1, 15.0), (2, 60.0), (3, 240.0), (4, 900.0)])
def test_a_failure_that_may_pass_is_tried_again_later(error: FootageError, attempts: int, seconds: float) -> None:
    assert after(error, attempts) == Verdict("queued", seconds, counted=True, died=False)


@pytest.mark.parametrize("error", MAY_PASS, ids=named)
@pytest.mark.parametrize("attempts", [5, 6, 100])
def test_after_the_fifth_attempt_there_is_no_other(error: FootageError, attempts: int) -> None:
    assert after(error, attempts) == Verdict("failed", 0.0, counted=True, died=False)


def test_deaths_take_no_attempts_from_a_failure_of_another_kind() -> None:
    assert after(Stalled("no progress"), 4, MOST_DEATHS - 1) == Verdict("queued", 900.0)


# ---- a wait


@pytest.mark.parametrize(("error", "seconds"), WAITS, ids=named)
@pytest.mark.parametrize("attempts", [1, 5, 100])
def test_waiting_is_no_attempt_however_often(error: FootageError, seconds: float, attempts: int) -> None:
    found = after(error, attempts, deaths=1)

    assert found == Verdict("queued", seconds, counted=False, died=False)


@pytest.mark.parametrize(("error", "seconds"), WAITS, ids=named)
def test_a_wait_is_spread_but_does_not_grow_and_is_not_the_retrys(error: FootageError, seconds: float) -> None:
    waits = [verdict(error, attempts, 0, 1000.0, 0.0).wait for attempts in (1, 2, 5)]

    assert waits == [seconds * 0.75] * 3


# ---- a death


@pytest.mark.parametrize("attempts", [1, 4, 5, 100])
def test_the_second_death_is_held_whatever_attempts_are_left(attempts: int) -> None:
    assert after(Killed("no memory"), attempts, deaths=1) == Verdict("held", 0.0, counted=True, died=True)


@pytest.mark.parametrize("deaths", [2, 7])
def test_no_later_death_is_anything_but_held(deaths: int) -> None:
    assert after(Killed("no memory"), 1, deaths) == Verdict("held", died=True)


def test_the_first_death_is_an_attempt_like_any_other() -> None:
    assert after(Killed("no memory"), 1, deaths=0) == Verdict("queued", 15.0, counted=True, died=True)
    assert after(Killed("no memory"), 4, deaths=0) == Verdict("queued", 900.0, counted=True, died=True)
    assert after(Killed("no memory"), 5, deaths=0) == Verdict("failed", 0.0, counted=True, died=True)


# ---- a failure that comes again


@pytest.mark.parametrize("error", SAME_AGAIN, ids=named)
@pytest.mark.parametrize(("attempts", "deaths"), [(1, 0), (5, 0), (1, 1)])
def test_what_fails_the_same_way_again_is_not_tried_again(error: FootageError, attempts: int, deaths: int) -> None:
    assert after(error, attempts, deaths) == Verdict("failed", 0.0, counted=True, died=False)


# ---- altogether


@quick
@given(errors=st.lists(st.sampled_from(ALL), min_size=30, max_size=60))
def test_a_job_that_only_fails_comes_to_an_end_within_five_attempts_and_two_deaths(errors: list[FootageError]) -> None:
    state, attempts, deaths, met = "queued", 0, 0, []

    for error in errors:
        if state != "queued":
            break
        found = after(error, attempts + 1, deaths)
        state, attempts, deaths = found.state, attempts + found.counted, deaths + found.died
        met.append(type(error))
        assert (found.wait > 0) == (state == "queued")  # nothing is tried again at once

    waiting = {type(error) for error, _ in WAITS}
    assert attempts == sum(kind not in waiting for kind in met) <= ATTEMPTS
    assert deaths == met.count(Killed) <= MOST_DEATHS
    assert (state == "held") == (deaths == MOST_DEATHS)
    assert state != "queued" or len(met) == len(errors)
    assert state == "queued" or met[-1] not in waiting


def test_a_fault_of_our_own_is_held_at_once_and_a_crash_when_it_comes_again() -> None:
    assert verdict(Internal("a fault"), 1, 0, 15.0, 0.0) == Verdict("held")
    assert verdict(Crashed("a signal"), 1, 0, 15.0, 0.0).state == "queued"
    assert verdict(Crashed("a signal"), 2, 1, 15.0, 0.0) == Verdict("held", died=True)
