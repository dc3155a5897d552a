"""What the sweeper looks for is found, and nothing else."""

from __future__ import annotations

import pytest

from storage.lease_names import job_lease
from tests.contract.helpers import (
    ENDS,
    LONG,
    age,
    given_back,
    lost_to_another,
    lost_to_nobody,
    names,
    put_in_line,
    submit,
)


def test_running_jobs_without_a_live_lease_are_abandoned(ledger):
    for name, lose in (("lost", lost_to_nobody), ("given back", given_back), ("taken over", lost_to_another)):
        job = submit(ledger, name=name, state="running")
        lose(ledger, job_lease(job.id))
    submit(ledger, name="never leased", state="running")

    assert sorted(names(ledger.queue.abandoned())) == ["given back", "lost", "never leased"]


def test_jobs_that_wait_for_people_or_are_done_are_never_abandoned(ledger):
    for state in ("received", "queued", "published", "rejected", "failed", "held", "cancelled"):
        age(ledger, submit(ledger, state=state), 10_000)

    assert ledger.queue.abandoned() == []


def test_submissions_whose_bytes_never_came_are_told_after_their_time(ledger):
    old, new = submit(ledger, name="old"), submit(ledger, name="new")
    arrived = put_in_line(ledger, "arrived")
    for job in (old, arrived):
        age(ledger, job, 100)

    assert ledger.queue.unsent(90) == [old.id]
    assert ledger.queue.unsent(110) == []
    assert sorted(ledger.queue.unsent(-1)) == sorted([old.id, new.id])


def test_what_can_be_taken_up_of_a_lane_is_due(ledger):
    due = [put_in_line(ledger, f"{number}").id for number in range(3)]
    put_in_line(ledger, "of another lane", lane="photo")
    waits = put_in_line(ledger, "waits")
    ledger.move(waits.id, ["queued"], wait=LONG, state="queued")
    for state in ("received", "running", *ENDS):
        submit(ledger, state=state, lane="video")

    assert sorted(ledger.queue.due("video", 10)) == sorted(due)
    assert len(set(ledger.queue.due("video", 2)) & set(due)) == 2
    assert len(ledger.queue.due("video", 2)) == 2
    assert ledger.queue.due("bulk", 10) == []


def test_jobs_are_counted_by_state_and_lane_with_the_age_of_the_oldest(ledger):
    for old in (100, 300, 200):
        put_in_line(ledger, old=old)
    put_in_line(ledger, old=50, lane="photo")
    submit(ledger, state="published", lane="video")

    counts = ledger.queue.counts()

    assert [(state, lane, number) for state, lane, number, _ in counts] == [
        ("published", "video", 1),
        ("queued", "photo", 1),
        ("queued", "video", 3),
    ]
    assert [age for *_, age in counts] == [pytest.approx(0, abs=5), pytest.approx(50, abs=5), pytest.approx(300, abs=5)]


def test_where_there_are_no_jobs_nothing_is_counted(ledger):
    assert ledger.queue.counts() == []
