"""What is counted of each run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pipelines.scheduling.measures import (
    COUNTERS,
    HISTOGRAMS,
    RUN_BUCKETS,
    WAIT_BUCKETS,
    Tally,
    of_cancel,
    of_death,
    of_failure,
    of_run,
)
from storage.records import Job
from tests.unit.facts import ROOT, quick

VIDEO = ("lane", "video")
BUCKETS = (1, 2, 5, 15, 60, 300, 900, 3600, 14400)

_JOB = Job(
    id="f" * 32,
    state="published",
    stage="",
    percent=100.0,
    speed=0.0,
    lane="video",
    name="clip.mp4",
    programme="zhubo",
    unit="县应急局",
    activity="",
    place="",
    date="",
    pair="",
    side="",
    original="a" * 64,
    size=7,
    recipe="b" * 24,
    manifest="m",
    findings=(),
    code="",
    attempts=1,
    submitter="",
    queued=1000.0,
    started=1004.5,
    due=1000.0,
    deaths=0,
    needs={},
    created=900.0,
    updated=1100.0,
)


def job(**changes: Any) -> Job:
    """A published film that stood in line for four seconds and a half."""
    return replace(_JOB, **changes)


def run(ended: Job = _JOB, *, seconds: float = 61.5, cpu: float = 100.25, film: float = 54.5) -> dict[Tally, float]:
    return of_run(ended, {"probe": 1.5, "render": 40.0}, seconds, cpu, film)


def buckets(counted: Mapping[Tally, float], histogram: str) -> dict[str, float]:
    """By the bucket's upper end, as it is written."""
    return {dict(labels)["le"]: amount for (name, labels), amount in counted.items() if name == f"{histogram}_bucket"}


# ---- a run that ended


def test_a_published_film_is_counted_with_all_that_it_took() -> None:
    counted = run()

    plain = {tally: amount for tally, amount in counted.items() if not tally[0].startswith(tuple(HISTOGRAMS))}
    assert plain == {
        ("jobs_ended_total", (VIDEO, ("state", "published"))): 1.0,
        ("stage_seconds_total", (VIDEO, ("stage", "probe"))): 1.5,
        ("stage_seconds_total", (VIDEO, ("stage", "render"))): 40.0,
        ("cpu_seconds_total", (VIDEO,)): 100.25,
        ("film_seconds_total", (VIDEO,)): 54.5,
        ("film_cpu_seconds_total", (VIDEO,)): 100.25,
        ("film_run_seconds_total", (VIDEO,)): 61.5,
    }


def test_where_no_film_was_made_nothing_is_said_of_films() -> None:
    counted = run(job(state="rejected", lane="photo"), film=0.0)

    assert not [name for name, _ in counted if name.startswith("film_")]
    assert counted["cpu_seconds_total", (("lane", "photo"),)] == 100.25
    assert counted["jobs_ended_total", (("lane", "photo"), ("state", "rejected"))] == 1.0


def test_one_run_is_one_observation_of_how_long_it_waited_and_how_long_it_ran() -> None:
    counted = run()

    assert counted["wait_seconds_sum", (VIDEO,)] == 4.5
    assert counted["run_seconds_sum", (VIDEO,)] == 61.5
    assert counted["wait_seconds_count", (VIDEO,)] == counted["run_seconds_count", (VIDEO,)] == 1.0


def test_a_wait_is_counted_in_every_bucket_that_is_not_below_it() -> None:
    assert buckets(run(), "wait_seconds") == dict.fromkeys(["5", "15", "60", "300", "900", "3600", "14400", "+Inf"], 1)
    assert buckets(run(), "run_seconds") == dict.fromkeys(["300", "900", "3600", "14400", "+Inf"], 1)


@pytest.mark.parametrize(
    ("seconds", "first"),
    [(0.0, "1"), (1.0, "1"), (1.001, "2"), (3600.0, "3600"), (14400.0, "14400"), (14400.5, "+Inf"), (1e9, "+Inf")],
)
def test_a_bucket_holds_what_is_as_long_as_its_end(seconds: float, first: str) -> None:
    ends = [*map(str, BUCKETS), "+Inf"]

    assert list(buckets(run(seconds=seconds), "run_seconds")) == ends[ends.index(first) :]


def test_a_job_taken_up_before_it_was_put_in_line_has_waited_for_nothing() -> None:
    counted = run(job(queued=1004.5, started=1000.0))  # by a clock that was set back

    assert counted["wait_seconds_sum", (VIDEO,)] == 0.0
    assert list(buckets(counted, "wait_seconds")) == [*map(str, BUCKETS), "+Inf"]


def test_of_a_job_that_never_stood_in_line_no_wait_is_told() -> None:
    counted = run(job(started=0.0))

    assert not [name for name, _ in counted if name.startswith("wait_")]
    assert counted["run_seconds_count", (VIDEO,)] == 1.0


@quick
@given(lengths=st.lists(st.floats(0, 20_000), min_size=1, max_size=12))
def test_the_sum_of_many_runs_is_a_histogram(lengths: list[float]) -> None:
    total: dict[Tally, float] = {}
    for seconds in lengths:
        for tally, amount in run(seconds=seconds).items():
            total[tally] = total.get(tally, 0.0) + amount

    found = buckets(total, "run_seconds")
    for end in BUCKETS:
        assert found.get(str(end), 0.0) == sum(seconds <= end for seconds in lengths)
    assert found["+Inf"] == total["run_seconds_count", (VIDEO,)] == len(lengths)
    assert total["run_seconds_sum", (VIDEO,)] == pytest.approx(sum(lengths))


# ---- a run that could not be finished


@pytest.mark.parametrize("state", ["failed", "held"])
def test_a_failure_that_ends_its_job_is_an_end_and_no_retry(state: str) -> None:
    assert of_failure(job(state=state), "tool-failed") == {
        ("failures_total", (VIDEO, ("code", "tool-failed"))): 1.0,
        ("jobs_ended_total", (VIDEO, ("state", state))): 1.0,
    }


def test_a_failure_whose_job_goes_back_into_the_line_is_a_retry_and_no_end() -> None:
    assert of_failure(job(state="queued"), "stalled") == {
        ("failures_total", (VIDEO, ("code", "stalled"))): 1.0,
        ("retries_total", (VIDEO, ("code", "stalled"))): 1.0,
    }


# ---- a job whose worker died, and one that was cancelled


def test_a_death_after_which_the_job_goes_on_is_no_end() -> None:
    assert of_death(job(state="queued"), died=True) == {("deaths_total", (VIDEO,)): 1.0}


def test_a_death_after_which_the_job_is_held_is_an_end() -> None:
    assert of_death(job(state="held"), died=True) == {
        ("deaths_total", (VIDEO,)): 1.0,
        ("jobs_ended_total", (VIDEO, ("state", "held"))): 1.0,
    }


def test_where_nobody_was_seen_to_die_no_death_is_counted() -> None:
    assert of_death(job(state="queued"), died=False) == {("deaths_total", (VIDEO,)): 0.0}


def test_a_cancel_is_an_end() -> None:
    assert of_cancel(job(state="cancelled")) == {("jobs_ended_total", (VIDEO, ("state", "cancelled"))): 1.0}


# ---- what is declared


def declared(name: str) -> tuple[str, ...]:
    """The labels that a counter, or a part of a histogram, is declared with."""
    if name in COUNTERS:
        return COUNTERS[name][0]
    histogram, _, part = name.rpartition("_")
    assert histogram in HISTOGRAMS
    return {"bucket": ("lane", "le"), "sum": ("lane",), "count": ("lane",)}[part]


@pytest.mark.parametrize(
    "counted",
    [
        run(),
        run(job(state="rejected")),
        of_failure(job(state="queued"), "stalled"),
        of_failure(job(state="held"), "killed"),
        of_death(job(state="held"), died=True),
        of_cancel(job(state="cancelled")),
    ],
    ids=["published", "rejected", "queued", "held", "died", "cancelled"],
)
def test_everything_counted_has_the_labels_it_is_declared_with(counted: dict[Tally, float]) -> None:
    for name, labels in counted:
        assert tuple(label for label, _ in labels) == declared(name)


def test_totals_are_named_as_totals_and_buckets_rise() -> None:
    assert all(name.endswith("_total") for name in COUNTERS)
    assert all(said and not said.endswith(".") for *_, said in (*COUNTERS.values(), *HISTOGRAMS.values()))
    assert HISTOGRAMS["wait_seconds"][0] == WAIT_BUCKETS == BUCKETS
    assert HISTOGRAMS["run_seconds"][0] == RUN_BUCKETS == BUCKETS


def tallied(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Names that are counted by hand, `{(name, labels): amount}`, and how many labels each has."""
    for node in ast.walk(tree):
        for key in node.keys if isinstance(node, ast.Dict) else []:
            match key:
                case ast.Tuple(elts=[ast.Constant(value=str(name)), ast.Tuple(elts=labels)]):
                    yield name, len(labels)


def test_whatever_the_program_counts_is_declared() -> None:
    counted = {
        (path.name, *tally)
        for room in ("pipelines", "worker", "desk")
        for path in (ROOT / room).rglob("*.py")
        for tally in tallied(ast.parse(path.read_text(encoding="utf-8")))
    }

    # Found at all: a name that is misspelt is counted, and never told.
    assert {"failures_total", "deaths_total", "refilled_total"} <= {name for _, name, _ in counted}
    assert {
        (path, name) for path, name, labels in counted if name not in COUNTERS or len(COUNTERS[name][0]) != labels
    } == set()
