"""Which job is next, who gets it and what goes with it: ends, promises, counters. On SQLite and PostgreSQL alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import update

from storage.custody import is_unbroken
from storage.leases import LeaseLost, take
from storage.ledger import Ledger
from storage.locks import job_lease, lock, recipe_lease
from storage.records import Ending, Job, Reservation
from storage.schema import endings, jobs
from tests.contract.test_ledger import (
    LONG,
    OTHER,
    SUBJECT,
    age,
    at_once,
    expire,
    given_back,
    lost_to_another,
    lost_to_nobody,
    names,
    seconds_left,
    submit,
    wait_for_waiting,
)

BOX = "box-1:/scratch"
NEEDS = {"disk": 7 * 2**40, "memory": 600 * 2**20, "cores": 2}
ENDS = ["published", "rejected", "failed", "held", "cancelled"]


def put_in_line(ledger: Ledger, name: str = "clip.mp4", *, old: float = 0.0, **fields: Any) -> Job:
    """A job that can be taken up, so many seconds old."""
    job = submit(ledger, name=name, **{"state": "queued", "lane": "video", **fields})
    age(ledger, job, old)
    return ledger.job(job.id)


def taken_up(ledger: Ledger, *lanes: str, holder: str = "worker") -> tuple[Job, int]:
    claimed = ledger.line.claim(lanes or ["video"], holder, LONG)
    assert claimed is not None
    return claimed


def order(ledger: Ledger, *lanes: str) -> list[str]:
    """Names of all that can be taken up, as they are."""
    found = []
    while claimed := ledger.line.claim(lanes or ["video"], "worker", LONG):
        found.append(claimed[0].name)
        time.sleep(0.003)  # SQLite's clock ticks in milliseconds: whose turn came first is to be told
    return found


# ---- claim: which


def test_where_nothing_is_queued_nothing_is_claimed(ledger):
    for state in ["received", "running", *ENDS]:
        submit(ledger, state=state, lane="video")

    assert ledger.line.claim(["video"], "worker", LONG) is None


def test_the_oldest_job_of_a_unit_is_first(ledger):
    for name, old in (("second", 20), ("third", 10), ("first", 30)):
        put_in_line(ledger, name, old=old, unit="县应急局")

    assert order(ledger) == ["first", "second", "third"]


def test_units_take_turns_however_many_jobs_one_has(ledger):
    for number in range(5):  # all of them older than the others'
        put_in_line(ledger, f"many-{number}", old=100 - number, unit="县应急局")
    put_in_line(ledger, "one", old=20, unit="市应急局")
    put_in_line(ledger, "another", old=10, unit="")
    put_in_line(ledger, "one's second", old=5, unit="市应急局")

    assert order(ledger) == [
        *("many-0", "one", "another"),
        *("many-1", "one's second"),
        *("many-2", "many-3", "many-4"),
    ]


def test_a_unit_that_comes_late_is_served_before_one_that_was_served(ledger):
    for number in range(3):
        put_in_line(ledger, f"many-{number}", old=100 - number, unit="县应急局")
    taken_up(ledger)

    put_in_line(ledger, "late", unit="市应急局")

    assert order(ledger) == ["late", "many-1", "many-2"]


def test_whose_turn_was_longest_ago_is_next(ledger):
    for unit in "abc":
        put_in_line(ledger, f"{unit}-0", old=ord(unit), unit=unit)
    assert order(ledger) == ["c-0", "b-0", "a-0"]

    for unit in "abc":
        put_in_line(ledger, f"{unit}-1", unit=unit)

    assert order(ledger) == ["c-1", "b-1", "a-1"]


def test_a_turn_in_one_lane_is_none_in_another(ledger):
    put_in_line(ledger, "photo", unit="县应急局", lane="photo")
    taken_up(ledger, "photo")
    put_in_line(ledger, "older", old=20, unit="县应急局")
    put_in_line(ledger, "newer", old=10, unit="市应急局")

    assert order(ledger) == ["older", "newer"]


def test_the_turn_is_taken_by_being_taken_up_and_not_by_being_done(ledger):
    put_in_line(ledger, "a-0", old=30, unit="a")
    put_in_line(ledger, "b-0", old=10, unit="b")
    job, token = taken_up(ledger)
    ledger.advance(job.id, token, state="queued")  # it had to wait for something else
    ledger.leases.release(job_lease(job.id), token)

    assert order(ledger) == ["b-0", "a-0"]


@pytest.mark.parametrize("lanes", [("photo", "video", "bulk"), ("bulk", "photo", "video"), ("video", "photo")])
def test_lanes_come_in_the_order_asked_for_and_no_other_comes_at_all(ledger, lanes):
    for old, lane in enumerate(["bulk", "photo", "urgent", "video"]):
        put_in_line(ledger, lane, old=old, lane=lane)
        put_in_line(ledger, f"{lane} too", old=old, lane=lane, unit="another")

    found = order(ledger, *lanes)

    assert [name.removesuffix(" too") for name in found] == [lane for lane in lanes for _ in range(2)]


def test_a_lane_goes_before_a_units_turn(ledger):
    put_in_line(ledger, "first photo", lane="photo", unit="县应急局")
    taken_up(ledger, "photo", "video")
    put_in_line(ledger, "photo", lane="photo", unit="县应急局")
    put_in_line(ledger, "film", old=50, unit="市应急局")

    assert order(ledger, "photo", "video") == ["photo", "film"]


def test_nothing_is_claimed_before_it_is_due(ledger):
    early, late = put_in_line(ledger, "early"), put_in_line(ledger, "late")
    ledger.move(early.id, ["queued"], wait=LONG, state="queued")
    ledger.move(late.id, ["queued"], wait=0.2, state="queued")
    began = time.monotonic()

    assert ledger.line.claim(["video"], "worker", LONG) is None
    while (claimed := ledger.line.claim(["video"], "worker", LONG)) is None and time.monotonic() - began < 10:
        time.sleep(0.02)

    assert claimed[0].name == "late"
    assert ledger.line.claim(["video"], "worker", LONG) is None


def test_a_wait_is_counted_from_now_and_only_of_what_is_queued(ledger):
    job = submit(ledger)
    age(ledger, job, 500)

    queued = ledger.move(job.id, ["received"], wait=40.0, state="queued")
    failed = ledger.move(job.id, ["queued"], wait=900.0, state="failed")

    assert queued.due - queued.queued == pytest.approx(40.0, abs=0.5)
    assert queued.queued - queued.created == pytest.approx(500.0, abs=5)
    assert (failed.due, failed.queued) == (queued.due, queued.queued)


def test_what_somebody_holds_is_not_claimed(ledger):
    held = put_in_line(ledger, "held", old=10)
    put_in_line(ledger, "free")
    token = ledger.leases.acquire(job_lease(held.id), "another", LONG)

    assert order(ledger) == ["free"]
    ledger.leases.check(job_lease(held.id), token)
    assert ledger.job(held.id) == held


@pytest.mark.parametrize("lose", [lost_to_nobody, given_back])
def test_what_was_held_and_is_no_longer_is_claimed(ledger, lose):
    job = put_in_line(ledger)
    before = lose(ledger, job_lease(job.id))

    claimed, token = taken_up(ledger)

    assert (claimed.id, token) == (job.id, before + 1)


# ---- claim: what it does


def test_a_claim_takes_the_job_up_under_a_lease(ledger):
    other = put_in_line(ledger, "other", lane="photo")
    queued = put_in_line(ledger, old=100, code="stalled", attempts=2, deaths=1)

    job, token = ledger.line.claim(["video"], "worker", 30)

    assert (job.id, job.state, job.attempts, job.deaths, job.code) == (queued.id, "running", 3, 1, "")
    assert job.started - queued.created == pytest.approx(100, abs=5)
    assert job.updated == pytest.approx(job.started, abs=0.5)
    assert job == ledger.job(job.id)
    assert token == 1
    assert 20 < seconds_left(ledger, job_lease(job.id)) <= 30
    assert ledger.leases.holders("job:") == [(job_lease(job.id), "worker")]
    assert ledger.advance(job.id, token, percent=1.0).percent == 1.0
    assert ledger.job(other.id) == other


def test_the_token_rises_with_each_claim_and_the_one_before_is_worth_nothing(ledger):
    put_in_line(ledger)
    tokens = []
    for _ in range(3):
        job, token = taken_up(ledger)
        tokens.append(token)
        expire(ledger, job_lease(job.id))
        assert ledger.line.give_back(job.id, state="queued").state == "queued"

    job, token = taken_up(ledger)

    assert [*tokens, token] == [1, 2, 3, 4]
    assert job.attempts == 4
    for spent in tokens:
        with pytest.raises(LeaseLost):
            ledger.advance(job.id, spent, state="published")
    assert ledger.job(job.id) == job


def test_of_eight_threads_that_claim_at_once_each_gets_another_job(ledger):
    queued = [put_in_line(ledger, f"{number}", unit=f"{number % 3}") for number in range(8)]

    claimed = at_once(8, lambda number: ledger.line.claim(["video"], f"worker {number}", LONG))

    assert sorted(job.id for job, _ in claimed) == sorted(job.id for job in queued)
    assert ledger.line.claim(["video"], "late", LONG) is None
    held = dict(ledger.leases.holders("job:"))
    assert held == {job_lease(job.id): f"worker {number}" for number, (job, _) in enumerate(claimed)}
    for job, token in claimed:
        assert (job.attempts, token) == (1, 1)
        ledger.leases.check(job_lease(job.id), token)


def test_eight_threads_empty_a_line_and_no_job_is_claimed_twice(ledger):
    queued = [put_in_line(ledger, f"{number}", unit=f"{number % 3}") for number in range(40)]

    def work(number: int) -> list[str]:
        found = []
        while claimed := ledger.line.claim(["video"], f"worker {number}", LONG):
            found.append(claimed[0].id)
        return found

    claimed = [job_id for found in at_once(8, work) for job_id in found]

    assert sorted(claimed) == sorted(job.id for job in queued)
    assert {job.attempts for job in ledger.find()} == {1}


def test_of_eight_threads_that_claim_the_last_job_one_gets_it(ledger):
    job = put_in_line(ledger)

    claimed = at_once(8, lambda number: ledger.line.claim(["video"], f"worker {number}", LONG))

    won = [one for one in claimed if one]
    assert [(job.id, 1)] == [(found.id, token) for found, token in won]
    assert ledger.job(job.id).attempts == 1


def test_a_job_cancelled_between_the_look_and_the_lease_is_not_taken_up(ledger):
    job = put_in_line(ledger)
    cancelled = ledger.cancel(job.id)

    with ledger._db.begin() as connection:  # as a claim does that has just seen it in the line
        taken = ledger.line._take_up(connection, job.id, "worker", LONG)

    assert taken is None
    assert ledger.job(job.id) == cancelled
    assert ledger.leases.holders("job:") == []
    assert ledger.leases.left("job:", -LONG) == []  # nothing is left half done


def test_a_claim_that_waits_for_a_cancel_takes_the_next_job(postgresql_url):
    with closing(Ledger(postgresql_url)) as ledger, ThreadPoolExecutor(1) as pool:
        seen, following = put_in_line(ledger, "seen", old=10), put_in_line(ledger, "following")

        with ledger._db.begin() as connection:  # step by step what `cancel` does
            lock(ledger._db, connection, job_lease(seen.id))
            claimed = pool.submit(ledger.line.claim, ["video"], "worker", LONG)
            wait_for_waiting(ledger, 1, claimed)
            connection.execute(update(jobs).where(jobs.c.id == seen.id).values(state="cancelled"))

        assert claimed.result()[0].id == following.id
        assert ledger.job(seen.id).state == "cancelled"
        assert ledger.job(seen.id).attempts == 0
        assert ledger.leases.holders("job:") == [(job_lease(following.id), "worker")]


# ---- give_back


def test_a_running_job_that_nobody_holds_is_given_back(ledger):
    put_in_line(ledger)
    job, token = taken_up(ledger)
    expire(ledger, job_lease(job.id))

    back = ledger.line.give_back(job.id, wait=40.0, state="queued", stage="", deaths=1, attempts=0)

    assert (back.state, back.deaths, back.attempts) == ("queued", 1, 0)
    assert back.due - back.queued == pytest.approx(40.0, abs=0.5)
    assert back == ledger.job(job.id)
    with pytest.raises(LeaseLost):
        ledger.advance(job.id, token, state="published")


def test_a_job_that_somebody_holds_is_not_given_back(ledger):
    put_in_line(ledger)
    job, token = taken_up(ledger)

    assert ledger.line.give_back(job.id, state="queued") is None

    assert ledger.job(job.id) == job
    ledger.leases.check(job_lease(job.id), token)


def test_a_job_that_another_took_over_is_not_given_back(ledger):
    job = submit(ledger, state="running")
    lost_to_another(ledger, job_lease(job.id))

    assert ledger.line.give_back(job.id, state="queued") is None
    assert ledger.job(job.id) == job


def test_a_job_that_is_taken_over_just_now_is_not_given_back(postgresql_url):
    with closing(Ledger(postgresql_url)) as ledger, ThreadPoolExecutor(1) as pool:
        job = submit(ledger, state="running")
        lost_to_nobody(ledger, job_lease(job.id))

        with ledger._db.begin() as connection:
            taken = take(ledger._db, connection, job_lease(job.id), "another", LONG)
            back = pool.submit(ledger.line.give_back, job.id, state="queued")
            wait_for_waiting(ledger, 1, back)

        assert (taken, back.result()) == (2, None)
        assert ledger.job(job.id) == job


@pytest.mark.parametrize("state", ["received", "queued", *ENDS])
def test_only_what_runs_is_given_back(ledger, state):
    job = submit(ledger, state=state)

    assert ledger.line.give_back(job.id, state="queued") is None
    assert ledger.line.give_back("missing", state="queued") is None
    assert ledger.job(job.id) == job
    assert ledger.endings.of(job.id) == []


def test_of_eight_threads_that_give_a_job_back_one_does(ledger):
    job = submit(ledger, state="running")

    back = at_once(8, lambda number: ledger.line.give_back(job.id, state="held", code=f"{number}"))

    assert [one for one in back if one] == [ledger.job(job.id)]
    assert len(ledger.endings.of(job.id)) == 1


# ---- hand_back


def test_a_holder_hands_back_all_that_it_runs_and_no_attempt_is_counted(ledger):
    for name in "ab":
        put_in_line(ledger, name, stage="render", attempts=2, deaths=1, speed=1.5)
    taken = [taken_up(ledger, holder="mine") for _ in range(2)]

    back = ledger.line.hand_back("mine")

    assert sorted(names(back)) == ["a", "b"]
    assert {(job.state, job.attempts, job.deaths, job.stage, job.speed) for job in back} == {("queued", 2, 1, "", 0.0)}
    assert {job.due <= job.updated for job in back} == {True}
    assert {job.id: job for job in back} == {job.id: job for job in ledger.find()}
    for job, token in taken:
        with pytest.raises(LeaseLost):
            ledger.advance(job.id, token, state="published")
    assert sorted(order(ledger)) == ["a", "b"]  # at once


def test_what_others_run_is_not_handed_back(ledger):
    put_in_line(ledger)
    job, token = taken_up(ledger, holder="another")

    assert ledger.line.hand_back("mine") == []
    assert ledger.line.hand_back("anothe_") == []  # no pattern

    assert ledger.job(job.id) == job
    ledger.leases.check(job_lease(job.id), token)


def test_what_a_holder_has_lost_is_not_handed_back(ledger):
    lost, taken_over = submit(ledger, state="running"), submit(ledger, state="running")
    for job in (lost, taken_over):
        ledger.leases.acquire(job_lease(job.id), "mine", LONG)
        expire(ledger, job_lease(job.id))
    token = ledger.leases.acquire(job_lease(taken_over.id), "another", LONG)

    assert ledger.line.hand_back("mine") == []

    assert [ledger.job(job.id) for job in (lost, taken_over)] == [lost, taken_over]
    ledger.leases.check(job_lease(taken_over.id), token)


def test_what_has_ended_while_it_was_held_stays_as_it_is(ledger):
    put_in_line(ledger)
    job, token = taken_up(ledger, holder="mine")
    done = ledger.advance(job.id, token, state="published")

    assert ledger.line.hand_back("mine") == []
    assert ledger.job(job.id) == done


def test_whatever_else_a_holder_holds_goes_with_it(ledger):
    token = ledger.leases.acquire(recipe_lease(SUBJECT, "a" * 24), "mine", LONG)

    ledger.line.hand_back("mine")

    with pytest.raises(LeaseLost):
        ledger.leases.check(recipe_lease(SUBJECT, "a" * 24), token)


def test_a_publication_handed_back_half_made_is_known_to_be(ledger):
    ledger.leases.acquire(recipe_lease(SUBJECT, "a" * 24), "mine", LONG)

    ledger.line.hand_back("mine")

    # Some of its outputs may be in the store: nobody would find them, were it told as done.
    assert ledger.leases.left("recipe:", -1.0) == [recipe_lease(SUBJECT, "a" * 24)]


# ---- what the sweeper looks for


def test_submissions_whose_bytes_never_came_are_told_after_their_time(ledger):
    old, new = submit(ledger, name="old"), submit(ledger, name="new")
    arrived = put_in_line(ledger, "arrived")
    for job in (old, arrived):
        age(ledger, job, 100)

    assert ledger.line.unsent(90) == [old.id]
    assert ledger.line.unsent(110) == []
    assert sorted(ledger.line.unsent(-1)) == sorted([old.id, new.id])


def test_what_can_be_taken_up_of_a_lane_is_due(ledger):
    due = [put_in_line(ledger, f"{number}").id for number in range(3)]
    put_in_line(ledger, "of another lane", lane="photo")
    waits = put_in_line(ledger, "waits")
    ledger.move(waits.id, ["queued"], wait=LONG, state="queued")
    for state in ("received", "running", *ENDS):
        submit(ledger, state=state, lane="video")

    assert sorted(ledger.line.due("video", 10)) == sorted(due)
    assert len(set(ledger.line.due("video", 2)) & set(due)) == 2
    assert len(ledger.line.due("video", 2)) == 2
    assert ledger.line.due("bulk", 10) == []


def test_jobs_are_counted_by_state_and_lane_with_the_age_of_the_oldest(ledger):
    for old in (100, 300, 200):
        put_in_line(ledger, old=old)
    put_in_line(ledger, old=50, lane="photo")
    submit(ledger, state="published", lane="video")

    counts = ledger.line.counts()

    assert [(state, lane, number) for state, lane, number, _ in counts] == [
        ("published", "video", 1),
        ("queued", "photo", 1),
        ("queued", "video", 3),
    ]
    assert [age for *_, age in counts] == [pytest.approx(0, abs=5), pytest.approx(50, abs=5), pytest.approx(300, abs=5)]


def test_where_there_are_no_jobs_nothing_is_counted(ledger):
    assert ledger.line.counts() == []


# ---- endings

Change = Callable[[Ledger, Job, dict[str, Any]], Job]


def by_advance(ledger: Ledger, job: Job, changes: dict[str, Any]) -> Job:
    token = ledger.leases.acquire(job_lease(job.id), "worker", LONG)
    done = ledger.advance(job.id, token, **changes)
    ledger.leases.release(job_lease(job.id), token)
    return done


def by_move(ledger: Ledger, job: Job, changes: dict[str, Any]) -> Job:
    return ledger.move(job.id, ["running"], **changes)


def by_giving_back(ledger: Ledger, job: Job, changes: dict[str, Any]) -> Job:
    return ledger.line.give_back(job.id, **changes)


changing = pytest.mark.parametrize("change", [by_advance, by_move, by_giving_back])


@changing
@pytest.mark.parametrize("state", ENDS)
def test_with_an_end_one_ending_is_written(ledger, change, state):
    job, _ = submit(ledger, state="running"), submit(ledger, state="running")

    done = change(ledger, job, {"state": state, "code": "why"})

    [ending] = ledger.endings.of(job.id)
    told = Ending(ending.id, job.id, state, "why", at=ending.at, tries=0, due=ending.due, told=None)
    assert (done.state, ending) == (state, told)
    assert len(ending.id) == 32
    assert ending.at == pytest.approx(done.updated, abs=0.5)
    assert ending.due == pytest.approx(ending.at, abs=0.5)
    assert ledger.endings.due(10) == [ending]


@pytest.mark.parametrize("state", ["received", "queued", "running", "held"])
def test_with_a_cancel_one_ending_is_written(ledger, state):
    job = submit(ledger, state=state)

    ledger.cancel(job.id, code="by-hand")
    ledger.cancel(job.id, code="again")  # it has ended

    assert [(end.state, end.code) for end in ledger.endings.of(job.id)] == [("cancelled", "by-hand")]


@changing
@pytest.mark.parametrize("changes", [{"state": "queued"}, {"state": "running"}, {"percent": 50.0}], ids=str)
def test_with_no_other_change_an_ending_is_written(ledger, change, changes):
    job = submit(ledger, state="running")

    assert change(ledger, job, changes).state == changes.get("state", "running")

    assert ledger.endings.of(job.id) == []
    assert ledger.endings.due(10) == []


def test_being_taken_up_or_handed_back_is_no_end(ledger):
    put_in_line(ledger)
    taken_up(ledger, holder="mine")
    ledger.line.hand_back("mine")

    assert ledger.endings.due(10) == []


def test_a_change_that_does_not_come_about_ends_nothing(ledger):
    job = submit(ledger, state="running")
    token = lost_to_another(ledger, job_lease(job.id))

    with pytest.raises(LeaseLost):
        ledger.advance(job.id, token, state="published")
    assert ledger.move(job.id, ["queued"], state="failed") is None
    assert ledger.line.give_back(job.id, state="held") is None

    assert ledger.endings.of(job.id) == []


def test_a_job_that_is_run_again_ends_again(ledger):
    job = submit(ledger, state="running")
    for state in ("failed", "held", "published"):
        assert by_advance(ledger, job, {"state": state}).state == state
        ledger.move(job.id, [state], state="queued")
        time.sleep(0.003)  # SQLite's clock ticks in milliseconds

    assert [ending.state for ending in ledger.endings.of(job.id)] == ["failed", "held", "published"]
    assert len({ending.id for ending in ledger.endings.of(job.id)}) == 3


def ended(ledger: Ledger, count: int = 1) -> list[str]:
    """The ids of the endings of so many jobs, the oldest first."""
    found = []
    for _ in range(count):
        job = ledger.cancel(submit(ledger).id)
        found += [ending.id for ending in ledger.endings.of(job.id)]
        time.sleep(0.003)
    return found


def due(ledger: Ledger) -> list[str]:
    return [ending.id for ending in ledger.endings.due(10)]


def ending_of(ledger: Ledger, ending_id: str) -> Ending:
    with ledger._db.begin() as connection:
        row = connection.execute(endings.select().where(endings.c.id == ending_id)).one()
    return Ending(**row._mapping)


def test_endings_come_the_oldest_first_and_no_more_than_asked_for(ledger):
    first, second, third = ended(ledger, 3)

    assert [ending.at for ending in ledger.endings.due(10)] == sorted(ending.at for ending in ledger.endings.due(10))
    assert due(ledger) == [first, second, third]
    assert [ending.id for ending in ledger.endings.due(2)] == [first, second]


def test_what_was_missed_comes_after_what_was_never_tried(ledger):
    first, second, third = ended(ledger, 3)
    for ending in (first, first, second):
        ledger.endings.missed(ending, 0.0)

    assert due(ledger) == [third, second, first]


def ended_three_times(ledger: Ledger) -> list[str]:
    job = submit(ledger, state="running")
    for state in ("failed", "held", "published"):
        ledger.move(job.id, ["running", "failed", "held"], state=state)
        time.sleep(0.003)
    return [ending.id for ending in ledger.endings.of(job.id)]


def test_no_ending_is_told_before_an_earlier_one_of_its_job(ledger):
    first, second, third = ended_three_times(ledger)
    [other] = ended(ledger)

    assert due(ledger) == [first, other]
    ledger.endings.missed(first, LONG)
    assert due(ledger) == [other]  # nor while that one waits for another try
    ledger.endings.told(first)
    assert sorted(due(ledger)) == sorted([second, other])
    ledger.endings.missed(second, None)
    assert sorted(due(ledger)) == sorted([third, other])  # nobody waits for one that is given up


def test_endings_that_are_still_to_be_told_are_counted(ledger):
    assert ledger.endings.waiting() == 0
    told, given_up, later, *_ = ended(ledger, 4)

    ledger.endings.told(told)
    ledger.endings.missed(given_up, None)
    ledger.endings.missed(later, LONG)

    assert ledger.endings.waiting() == 2


def test_an_ending_that_was_told_is_not_told_again(ledger):
    first, second = ended(ledger, 2)

    ledger.endings.told(first)

    assert due(ledger) == [second]
    told = ending_of(ledger, first)
    assert (told.due, told.tries) == (None, 1)
    assert told.told == pytest.approx(told.at, abs=5)
    assert ending_of(ledger, second).tries == 0


def test_an_ending_that_was_not_taken_is_told_later(ledger):
    first, second = ended(ledger, 2)

    ledger.endings.missed(first, LONG)
    ledger.endings.missed(first, LONG)

    assert due(ledger) == [second]
    missed = ending_of(ledger, first)
    assert (missed.told, missed.tries) == (None, 2)
    assert missed.due - missed.at == pytest.approx(LONG, abs=5)


def test_an_ending_that_was_missed_is_due_again_when_its_time_has_come(ledger):
    [ending] = ended(ledger)

    ledger.endings.missed(ending, 0.0)

    assert due(ledger) == [ending]


def test_an_ending_that_is_given_up_is_never_told(ledger):
    [ending] = ended(ledger)

    ledger.endings.missed(ending, None)

    assert ledger.endings.due(10) == []
    given_up = ending_of(ledger, ending)
    assert (given_up.due, given_up.told, given_up.tries) == (None, None, 1)


# ---- reservations


def running(ledger: Ledger) -> tuple[str, int]:
    """A job that is held, and its token."""
    job = submit(ledger, state="running")
    return job.id, ledger.leases.acquire(job_lease(job.id), "worker", LONG)


def asked(ledger: Ledger, job_id: str, token: int, box: str = BOX) -> list[Reservation]:
    """What `fits` is told of others when this job asks; nothing is promised to it."""
    told: list[Sequence[Reservation]] = []
    assert not ledger.reservations.reserve(box, job_id, token, {}, lambda others: bool(told.append(others)))
    [others] = told
    return sorted(others, key=lambda other: other.job)


def yes(others: Sequence[Reservation]) -> bool:
    return True


def test_whether_a_job_fits_is_asked_with_what_the_others_were_promised(ledger):
    first, second, third = (running(ledger) for _ in range(3))
    assert ledger.reservations.reserve(BOX, *first, NEEDS, yes)
    assert ledger.reservations.reserve(BOX, *second, {"disk": 1}, yes)

    told = asked(ledger, *third)

    given = [Reservation(*first, NEEDS), Reservation(*second, {"disk": 1})]
    assert told == sorted(given, key=lambda other: other.job)
    assert asked(ledger, *first) == given[1:]  # its own promise is no other's


def test_what_does_not_fit_is_not_promised_and_what_was_promised_before_stays(ledger):
    first, second = running(ledger), running(ledger)
    ledger.reservations.reserve(BOX, *first, NEEDS, yes)

    assert not ledger.reservations.reserve(BOX, *second, NEEDS, lambda others: False)
    assert not ledger.reservations.reserve(BOX, *first, {"disk": 9}, lambda others: False)

    assert ledger.reservations.of(BOX) == [Reservation(*first, NEEDS)]


def test_a_job_is_promised_once_what_it_asked_for_last(ledger):
    job = running(ledger)

    ledger.reservations.reserve(BOX, *job, {"disk": 1}, yes)
    ledger.reservations.reserve(BOX, *job, NEEDS, yes)

    assert ledger.reservations.of(BOX) == [Reservation(*job, NEEDS)]


def test_boxes_know_nothing_of_each_other(ledger):
    here, there = running(ledger), running(ledger)
    ledger.reservations.reserve(BOX, *here, NEEDS, yes)

    assert asked(ledger, *there, box="box-2:/scratch") == []
    ledger.reservations.reserve("box-2:/scratch", *there, {"disk": 1}, yes)

    assert ledger.reservations.of(BOX) == [Reservation(*here, NEEDS)]
    assert ledger.reservations.of("box-2:/scratch") == [Reservation(*there, {"disk": 1})]


def let_run_out(ledger: Ledger, job_id: str, token: int) -> None:
    expire(ledger, job_lease(job_id))


def give_away(ledger: Ledger, job_id: str, token: int) -> None:
    ledger.leases.release(job_lease(job_id), token)


def take_over(ledger: Ledger, job_id: str, token: int) -> None:
    expire(ledger, job_lease(job_id))
    ledger.leases.acquire(job_lease(job_id), "another", LONG)


def cancel(ledger: Ledger, job_id: str, token: int) -> None:
    ledger.cancel(job_id)


@pytest.mark.parametrize("end", [let_run_out, give_away, take_over, cancel])
def test_a_promise_goes_with_the_jobs_lease(ledger, end):
    gone, other = running(ledger), running(ledger)
    ledger.reservations.reserve(BOX, *gone, NEEDS, yes)

    end(ledger, *gone)

    assert ledger.reservations.of(BOX) == []
    assert asked(ledger, *other) == []
    ledger.reservations.reserve(BOX, *other, NEEDS, yes)
    assert ledger.reservations.of(BOX) == [Reservation(*other, NEEDS)]


def test_nothing_is_promised_where_asking_fails(ledger):
    job = running(ledger)

    def broken(others: Sequence[Reservation]) -> bool:
        raise RuntimeError("disk gone")

    with pytest.raises(RuntimeError, match="disk gone"):
        ledger.reservations.reserve(BOX, *job, NEEDS, broken)

    assert ledger.reservations.of(BOX) == []
    assert ledger.reservations.reserve(BOX, *job, NEEDS, yes)  # and nobody is left waiting


def test_of_two_threads_that_ask_for_all_of_a_box_one_gets_it(ledger):
    askers = [running(ledger), running(ledger)]

    def alone(others: Sequence[Reservation]) -> bool:
        time.sleep(0.05)  # long enough for the other to ask as well
        return not others

    got = at_once(2, lambda number: ledger.reservations.reserve(BOX, *askers[number], NEEDS, alone))

    assert sorted(got) == [False, True]
    assert ledger.reservations.of(BOX) == [Reservation(*askers[got.index(True)], NEEDS)]


def test_of_eight_threads_as_many_get_a_core_as_there_are(ledger):
    askers = [running(ledger) for _ in range(8)]

    def room(others: Sequence[Reservation]) -> bool:
        return sum(other.needs["cores"] for other in others) < 3

    got = at_once(8, lambda number: ledger.reservations.reserve(BOX, *askers[number], {"cores": 1}, room))

    assert sorted(got) == [False] * 5 + [True] * 3
    assert len(ledger.reservations.of(BOX)) == 3


def test_the_longest_name_of_a_box_is_a_box(ledger):
    box = "机" * 100
    job = running(ledger)

    assert ledger.reservations.reserve(box, *job, NEEDS, yes)

    assert ledger.reservations.of(box) == [Reservation(*job, NEEDS)]


# ---- tallies

LANE = (("lane", "video"),)


def test_what_is_added_is_summed_by_name_and_labels(ledger):
    ledger.tallies.add({("runs", LANE): 1.0, ("runs", (("lane", "照片"),)): 2.0, ("losses", ()): 0.5})
    ledger.tallies.add({("runs", LANE): 0.25, ("seconds", LANE): 1e9})

    assert ledger.tallies.all() == {
        ("losses", ()): 0.5,
        ("runs", LANE): 1.25,
        ("runs", (("lane", "照片"),)): 2.0,
        ("seconds", LANE): 1e9,
    }


def test_where_nothing_was_counted_there_is_nothing(ledger):
    ledger.tallies.add({})

    assert ledger.tallies.all() == {}


def test_what_eight_threads_add_sums_exactly(ledger):
    tallies = [(name, (("lane", lane), ("state", "published"))) for name in ("a", "b") for lane in ("photo", "video")]

    def add(number: int) -> None:
        mine = tallies if number % 2 else tallies[::-1]  # in whichever order: they do not wait for each other
        for turn in range(10):
            ledger.tallies.add(dict.fromkeys(mine, number + turn / 8))

    at_once(8, add)

    assert ledger.tallies.all() == dict.fromkeys(tallies, 10 * sum(range(8)) + 8 * sum(range(10)) / 8)


# ---- leases that were left


def test_a_lease_that_ended_unfinished_is_found(ledger):
    for name, done in (("recipe:done", True), ("recipe:broken off", False)):
        token = ledger.leases.acquire(name, "worker", LONG)
        ledger.leases.release(name, token, done=done)
    ledger.leases.acquire("recipe:died", "worker", LONG)
    expire(ledger, "recipe:died")
    ledger.leases.acquire("recipe:lives", "worker", LONG)

    # Seconds below nought: what ended just now, too. What ended in 1970 was done, what is to end yet is not left.
    assert sorted(ledger.leases.left("recipe:", -1.0)) == ["recipe:broken off", "recipe:died"]


def test_a_lease_is_only_left_after_its_time(ledger):
    ledger.leases.acquire("recipe:a", "worker", -100)
    ledger.leases.acquire("recipe:b", "worker", -200)

    assert ledger.leases.left("recipe:", 90) == ["recipe:b", "recipe:a"]
    assert ledger.leases.left("recipe:", 150) == ["recipe:b"]
    assert ledger.leases.left("recipe:", 250) == []


def test_a_lease_that_is_taken_again_and_done_is_left_no_more(ledger):
    ledger.leases.acquire("recipe:a", "worker", -100)

    token = ledger.leases.acquire("recipe:a", "another", LONG)
    assert ledger.leases.left("recipe:", 1) == []
    ledger.leases.release("recipe:a", token)

    assert token == 2
    assert ledger.leases.left("recipe:", -1.0) == []


def test_only_leases_whose_name_begins_so_are_left(ledger):
    for name in ("job:a", "recipe:%", "recipe:a", "xrecipe:a"):
        ledger.leases.acquire(name, "worker", -100)

    assert sorted(ledger.leases.left("recipe:", 1)) == ["recipe:%", "recipe:a"]
    assert ledger.leases.left("recipe:%", 1) == ["recipe:%"]  # no pattern


def test_a_row_that_was_only_locked_was_never_left(ledger):
    with ledger._db.begin() as connection:
        lock(ledger._db, connection, "recipe:a")

    assert ledger.leases.left("recipe:", -LONG) == []
    assert ledger.leases.acquire("recipe:a", "worker", LONG) == 1


def test_who_holds_what_is_told_of_live_leases_alone(ledger):
    for name in ("worker:b", "worker:a", "worker:gone", "job:a"):
        ledger.leases.acquire(name, f"lanes of {name}", LONG)
    expire(ledger, "worker:gone")

    assert ledger.leases.holders("worker:") == [
        ("worker:a", "lanes of worker:a"),
        ("worker:b", "lanes of worker:b"),
    ]


# ---- custody, once


def test_what_was_recorded_is_not_recorded_again(ledger):
    ledger.custody.record_once(SUBJECT, "published", "first", manifest="m", note="原件")
    ledger.custody.record_once(SUBJECT, "published", "second", note="原件", manifest="m")

    [event] = ledger.custody.chain(SUBJECT)
    assert (event.kind, event.job, event.detail) == ("published", "first", {"manifest": "m", "note": "原件"})


def test_what_differs_in_anything_is_recorded(ledger):
    ledger.custody.record_once(SUBJECT, "published", "job", manifest="m")

    ledger.custody.record_once(SUBJECT, "published", "job", manifest="m2")
    ledger.custody.record_once(SUBJECT, "withdrawn", "job", manifest="m")
    ledger.custody.record_once(OTHER, "published", "job", manifest="m")

    assert [(event.kind, event.detail["manifest"]) for event in ledger.custody.chain(SUBJECT)] == [
        ("published", "m"),
        ("published", "m2"),
        ("withdrawn", "m"),
    ]
    assert len(ledger.custody.chain(OTHER)) == 1
    assert is_unbroken(ledger.custody.chain(SUBJECT))


def test_of_eight_threads_that_record_the_same_once_one_does(ledger):
    ledger.custody.record(SUBJECT, "received", "job", size=7)

    at_once(8, lambda number: ledger.custody.record_once(SUBJECT, "published", f"{number}", manifest="m"))

    chain = ledger.custody.chain(SUBJECT)
    assert [event.kind for event in chain] == ["received", "published"]
    assert is_unbroken(chain)
