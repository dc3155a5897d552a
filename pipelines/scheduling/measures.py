"""Compute the counters and histograms of each run, by lane, for :mod:`storage.tallies`.

Names follow Prometheus, without the prefix `footage_` that :mod:`desk.ops.metrics` adds. This module does no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storage.records import Job
from storage.tallies import Tally as Tally

WAIT_BUCKETS = (1, 2, 5, 15, 60, 300, 900, 3600, 14400)  # seconds
RUN_BUCKETS = (1, 2, 5, 15, 60, 300, 900, 3600, 14400)

# Every counter: its name, its labels, its help text. Each histogram has `_bucket`, `_sum` and `_count`.
COUNTERS = {
    "jobs_ended_total": (("lane", "state"), "Jobs that came to an end"),
    "stage_seconds_total": (("lane", "stage"), "Seconds spent in each stage of jobs that ended"),
    "film_seconds_total": (("lane",), "Seconds of film made"),
    "cpu_seconds_total": (("lane",), "Seconds of CPU used by jobs that ended"),
    "film_cpu_seconds_total": (("lane",), "Of these, those used by films that were made"),
    "film_run_seconds_total": (("lane",), "Seconds that making these films took"),
    "work_cpu_seconds_total": (("work",), "Seconds of CPU by kind of work, for estimates"),
    "work_run_seconds_total": (("work",), "Seconds that this took"),
    "work_units_total": (("work",), "Units of it that were made"),
    "failures_total": (("lane", "code"), "Runs that could not be finished, by the error's code"),
    "retries_total": (("lane", "code"), "Of these, those that went back into the line after an attempt"),
    "lease_losses_total": ((), "Runs stopped because their lease was lost or taken away"),
    "deaths_total": (("lane",), "Running jobs whose worker died"),
    "refilled_total": (("lane",), "Messages that the sweeper sent again because the queue had lost them"),
}
HISTOGRAMS = {
    "wait_seconds": (WAIT_BUCKETS, "From being put in line to being taken up"),
    "run_seconds": (RUN_BUCKETS, "From being taken up to the end"),
}


def of_run(job: Job, stages: Mapping[str, float], seconds: float, cpu: float, film: float) -> dict[Tally, float]:
    """Return the counts of a run that brought its job to an end.

    `stages`: seconds spent in each. `seconds`: wall time. `cpu`: seconds of CPU. `film`: duration of the film that was
    made, in seconds; 0 where none was.
    """
    lane = ("lane", job.lane)
    counted = _ended(job) | {("cpu_seconds_total", (lane,)): cpu}
    counted |= {("stage_seconds_total", (lane, ("stage", stage))): spent for stage, spent in stages.items()}
    counted |= _observed("wait_seconds", lane, max(0.0, job.started - job.queued)) if job.started else {}
    counted |= _observed("run_seconds", lane, seconds)
    made = {"film_seconds_total": film, "film_cpu_seconds_total": cpu, "film_run_seconds_total": seconds}
    return counted | {(name, (lane,)): amount for name, amount in made.items() if film}


def of_failure(job: Job, code: str) -> dict[Tally, float]:
    """Return the counts of a run that could not be finished: its job is queued again, held or failed."""
    lane, why = ("lane", job.lane), ("code", code)
    counted: dict[Tally, float] = {("failures_total", (lane, why)): 1.0}
    if job.state == "queued":
        return counted | {("retries_total", (lane, why)): 1.0}
    return counted | _ended(job)


def of_death(job: Job, *, died: bool) -> dict[Tally, float]:
    """Return the counts of a running job whose lease no worker held; `job` is its new state: queued again, or held."""
    counted: dict[Tally, float] = {("deaths_total", (("lane", job.lane),)): float(died)}
    return counted | (_ended(job) if job.state == "held" else {})


def of_cancel(job: Job) -> dict[Tally, float]:
    """Return the counts of a job that was cancelled or given up."""
    return _ended(job)


def _ended(job: Job) -> dict[Tally, float]:
    return {("jobs_ended_total", (("lane", job.lane), ("state", job.state))): 1.0}


def _observed(name: str, lane: tuple[str, str], seconds: float) -> dict[Tally, float]:
    """Return one observation of a histogram: each bucket counts the values up to its bound."""
    return dict(_parts(name, lane, seconds))


def _parts(name: str, lane: tuple[str, str], seconds: float) -> Iterator[tuple[Tally, float]]:
    for bucket in HISTOGRAMS[name][0]:
        if seconds <= bucket:
            yield (f"{name}_bucket", (lane, ("le", str(bucket)))), 1.0
    yield (f"{name}_bucket", (lane, ("le", "+Inf"))), 1.0
    yield (f"{name}_sum", (lane,)), seconds
    yield (f"{name}_count", (lane,)), 1.0
