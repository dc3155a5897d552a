"""Jobs, workers and faults in any order: what holds of every job at every moment, whatever happens when.

Real: the ledger (a SQLite file), the store (a folder), the service's verbs, the sweeper, and what becomes of failures.
Played by hand: the queue, a list of messages that come twice, late or never; and three workers, who do step by step
what `pipelines.jobs.runner` and `pipelines.jobs.run` do, so that between any two steps of one the others go on, a
lease ends, a job is cancelled, a worker is killed or told to stop:

    claim → take the recipe's lease → make → ask both leases → write the outputs → ask both leases → write the manifest
    unless it is there → give the recipe's lease back → ask the job's lease → custody → `published`

A worker that was killed leaves its leases behind; one whose lease ran out does not know it and goes on with its next
step. Beside the real thing stands a model, a few plain values: after every step the ledger has to say the same.

Not modelled: what is inside an output (the same recipe makes the same bytes), and clocks: a lease ends, and a wait is
over, where a rule says so.

FOOTAGE_MACHINE_EXAMPLES (default 15): how many orders are tried.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from pipelines.domain.errors import FootageError, Full, Killed, NoSpace, Stalled, ToolFailed
from pipelines.domain.model import Submission
from pipelines.jobs.orphans import clear_orphans
from pipelines.jobs.sweeper import Sweeper
from pipelines.scheduling.lanes import LANES
from pipelines.service import Service, Staleness
from storage.custody import is_unbroken
from storage.database import _CLOCKS
from storage.lease_names import job_lease
from storage.leases import LeaseLost
from storage.records import FINAL
from storage.schema import custody, endings, jobs, leases
from tests.contract.job_model import (
    CONTENTS,
    LONG,
    MOST_ATTEMPTS,
    MOST_DEATHS,
    MOST_JOBS,
    OUTPUTS,
    JobModel,
    Told,
    Worker,
    nth,
)

which = st.integers(0, 11)  # of several, the one with this number, counted round
steps = st.sampled_from(range(9))  # a job takes eight, where nothing comes between


class JobMachine(JobModel):
    """What may happen, in any order, and what holds whenever it did."""

    # ---- submissions and messages

    @initialize(
        same=st.booleans(),
        attempts=st.sampled_from([0, MOST_ATTEMPTS - 1]),
        deaths=st.sampled_from([0, MOST_DEATHS - 1]),
        given_up=st.booleans(),
    )
    def submit_two(self, same: bool, attempts: int, deaths: int, given_up: bool) -> None:
        """Both have failed some times before: to come so far takes too many steps.

        `given_up`: when all is over, what has not ended is cancelled; else it is done.
        """
        self.given_up = given_up
        for content in (CONTENTS[0], CONTENTS[not same]):
            self.submit(content, "县应急局", "video")
        for job_id, told in self.told.items():
            self.ledger.move(job_id, ["queued"], attempts=attempts, deaths=deaths)
            told.attempts, told.deaths = attempts, deaths

    @precondition(lambda self: len(self.told) < MOST_JOBS)
    @rule(
        content=st.sampled_from(CONTENTS), unit=st.sampled_from(["县应急局", "市应急局"]), lane=st.sampled_from(LANES)
    )
    def submit(self, content: bytes, unit: str, lane: str) -> None:
        job = self.service.submit(self.file(content), Submission("clip.mp4", "zhubo", unit), lane=lane)
        self.told[job.id] = Told(lane, content)
        assert self.queue.sent[-1] == lane

    @precondition(lambda self: self.can_deliver())
    @rule(which=which, message=which, again=st.booleans(), steps=steps)
    def deliver(self, which: int, message: int, again: bool, steps: int) -> None:
        """A message says that there is work; which job is next, the ledger says. `again`: it will come once more."""
        if not again:
            self.queue.sent.pop(message % len(self.queue.sent))
        worker = nth([worker for worker in self.workers if not worker.step], which)
        queued = [job_id for job_id, told in self.told.items() if told.state == "queued" and not told.waits]
        ready = [job_id for job_id in queued if job_lease(job_id) not in self.live]

        claimed = self.ledger.queue.claim(LANES, worker.name, LONG)

        if claimed is None:
            assert ready == []
            return
        job, token = claimed
        assert job.id in ready
        assert LANES.index(job.lane) == min(LANES.index(self.told[job_id].lane) for job_id in ready)
        self.took(job_lease(job.id), worker, token)
        worker.job, worker.token, worker.step = job, token, "begin"
        self.told[job.id].move("running", attempts=self.told[job.id].attempts + 1)
        self.go_on(worker, steps)

    # ---- a worker, step by step

    @precondition(lambda self: self.busy())
    @rule(which=which, steps=steps)
    def work(self, which: int, steps: int) -> None:
        self.go_on(nth(self.busy(), which), steps)

    def go_on(self, worker: Worker, steps: int) -> None:
        """So many steps of one worker; fewer where it comes to an end."""
        for _ in range(steps):
            if worker.step:
                getattr(self, worker.step)(worker)

    # ---- faults, each after so many steps of a worker

    @precondition(lambda self: self.busy() or self.can_deliver())
    @rule(
        which=which,
        steps=steps,
        error=st.sampled_from([Killed, Stalled, NoSpace, Full, ToolFailed]),
        dies=st.booleans(),
    )
    def fail(self, which: int, steps: int, error: type[FootageError], dies: bool) -> None:
        """`dies`: after the ledger was told, and before the leases were given back."""
        worker = self.at_work(which, steps)
        if worker:
            self.failed(worker, error("as it happens"), dies=dies)

    @precondition(lambda self: self.live)
    @rule(which=which)
    def expire(self, which: int) -> None:
        """The lease of a worker that is dead, or that could not renew it in time and does not know."""
        self.let_expire(nth(list(self.live), which))

    @precondition(lambda self: self.busy() or self.can_deliver())
    @rule(which=which, steps=steps, stopped=st.booleans())
    def disturb(self, which: int, steps: int, stopped: bool) -> None:
        """A worker is killed, or told to stop."""
        worker = self.at_work(which, steps)
        if worker:
            self.hand_back(worker) if stopped else self.die(worker)

    @precondition(lambda self: self.busy() or self.can_deliver())
    @rule(which=which, steps=steps, watching=st.booleans(), dead=st.booleans(), others=steps)
    def overtake(self, which: int, steps: int, watching: bool, dead: bool, others: int) -> None:
        """A worker falls silent; its job is swept and given to another. Where it is not dead, it goes on afterwards."""
        worker = self.at_work(which, steps)
        if worker is None:
            return
        for name in [name for name, (holder, _) in self.live.items() if holder == worker.name]:
            self.let_expire(name)
        if dead:
            self.die(worker)
        self.sweep(watching=watching, emptied=True, later=True)
        if self.can_deliver():
            self.deliver(0, 0, again=False, steps=others)

    def at_work(self, which: int, steps: int) -> Worker | None:
        """One of the workers that are at it, or one that takes a job up now; None where it has come to an end."""
        if not self.busy():
            self.deliver(which, 0, again=False, steps=0)
        working = self.busy()
        if not working:
            return None  # nothing was due
        worker = nth(working, which)
        self.go_on(worker, steps)
        return worker if worker.step else None

    # ---- who looks after it

    @rule(watching=st.booleans(), emptied=st.booleans(), later=st.booleans())
    def sweep(self, watching: bool, emptied: bool, later: bool) -> None:
        """`watching`: the sweeper was there all the while, so that a lease that ended is a worker's death.

        `emptied`: the queue has lost all messages before. `later`: all waits are over.
        """
        if emptied:
            self.queue.sent.clear()
        if later:
            self.wait()
        gone = {i: told for i, told in self.told.items() if told.state == "running" and job_lease(i) not in self.live}
        now = time.monotonic()
        since, watched = (now - LONG, now) if watching else (0.0, float("-inf"))

        back = Sweeper(self.context("sweeper"), self.queue, limit=LONG, _since=since, _watched=watched).sweep()

        assert sorted(job.id for job in back) == sorted(gone)
        for told in gone.values():
            told.deaths += watching
            if told.deaths == MOST_DEATHS or told.attempts == MOST_ATTEMPTS:
                told.move("held")
            else:
                told.move("queued", attempts=told.attempts - watching)
        for lane in LANES:
            due = [told for told in self.told.values() if told.lane == lane and told.state == "queued"]
            assert self.queue.pending(lane) >= sum(not told.waits for told in due)

    def wait(self) -> None:
        self.time += 1000.0
        for told in self.told.values():
            told.waits = False

    def hand_back(self, worker: Worker) -> None:
        """What it is at goes on to its next step, and finds its leases gone."""
        mine = [name for name, (holder, _) in self.live.items() if holder == worker.name]

        back = Service(self.context(worker.name), self.queue).hand_back()

        assert [job_lease(job.id) for job in back] == [name for name in mine if name.startswith("job:")]
        for job in back:
            told = self.told[job.id]
            assert told.state == "running"
            told.move("queued", attempts=told.attempts - 1, waits=False)
        for name in mine:
            self.drop(name)

    # ---- people

    @rule(which=which, verb=st.sampled_from(["retry", "retry", "release", "reprocess", "reprocess", "cancel"]))
    def order(self, which: int, verb: str) -> None:
        getattr(self, verb)(nth(list(self.told), which))

    def cancel(self, job_id: str) -> None:
        told = self.told[job_id]
        self.service.cancel(job_id)
        if told.state not in FINAL:
            told.move("cancelled")
            self.drop(job_lease(job_id))

    def retry(self, job_id: str) -> None:
        self.again(job_id, self.service.retry, ("failed", "cancelled", "held"))

    def release(self, job_id: str) -> None:
        self.again(job_id, self.service.release, ("held",))

    def reprocess(self, job_id: str) -> None:
        """In the bulk lane; what has not ended is left alone."""
        told = self.told[job_id]
        queued = self.service.batches.reprocess([Staleness(self.service.status(job_id), "")])
        assert [job.id for job in queued] == ([job_id] if told.state in FINAL else [])
        if queued:
            told.move("queued", lane="bulk", attempts=0, deaths=0, waits=False)

    # ---- what holds of all

    @invariant()
    def a_lost_token_is_worth_nothing(self) -> None:
        """Whatever became of the job since; another one of them each time."""
        if self.spent:
            self.spent.append(self.spent.pop(0))
            job_id, token = self.spent[0]
            with pytest.raises(LeaseLost):
                self.ledger.advance(job_id, token, state="published", manifest="late", deaths=9)
            with pytest.raises(LeaseLost):
                self.ledger.leases.renew(job_lease(job_id), token, LONG)
            self.ledger.leases.release(job_lease(job_id), token)

    @invariant()
    def the_ledger_says_what_the_model_says(self) -> None:
        """States, attempts and deaths; as many endings as ends; one holder a job; one event a manifest."""
        with self.ledger.behind.begin() as connection:
            rows = connection.execute(select(jobs)).all()
            ends = connection.execute(select(endings.c.job, endings.c.state)).all()
            alive = leases.c.expires > self.ledger.behind.now
            held = connection.execute(select(leases.c.name, leases.c.holder, leases.c.token).where(alive)).all()
            events = connection.execute(select(custody.c.detail).where(custody.c.kind == "published")).scalars().all()

        said = {row.id: (row.state, row.attempts, row.deaths, row.lane) for row in rows}
        assert said == {i: (told.state, told.attempts, told.deaths, told.lane) for i, told in self.told.items()}
        assert Counter(map(tuple, ends)) == Counter((i, end) for i, told in self.told.items() for end in told.ends)
        assert {row.name: (row.holder, row.token) for row in held} == self.live
        assert Counter(event["manifest"] for event in events) == Counter(self.recorded)
        self.check_bounds(rows)
        self.check_holders({row.name: row.token for row in held})

    def check_bounds(self, rows: Any) -> None:
        for row in rows:
            assert 0 <= row.attempts <= MOST_ATTEMPTS
            assert row.attempts < MOST_ATTEMPTS or row.state != "queued"  # there would be a sixth
            assert row.deaths < MOST_DEATHS or (row.deaths == MOST_DEATHS and row.state in ("held", "cancelled"))
            assert row.state != "published" or row.manifest in self.manifests

    def check_holders(self, tokens: dict[str, int]) -> None:
        """By the ledger's word: no two workers are at the same job, or the same recipe, with a token that is good."""
        working = [worker for worker in self.workers if worker.job]
        at_job = [worker.job.id for worker in working if tokens.get(job_lease(worker.job.id)) == worker.token]
        at_recipe = [self.told_of(worker).making for worker in working if self.holds_recipe(worker)]
        assert len(set(at_job)) == len(at_job)
        assert len(set(at_recipe)) == len(at_recipe)

    @invariant()
    def a_manifest_stays_as_it_was_written_and_all_its_outputs_are_there(self) -> None:
        found = {path.relative_to(self.root / "store").as_posix() for path in self.published()}
        assert {key for key in found if key.endswith("/manifest.json")} == set(self.manifests)
        for key, body in self.manifests.items():
            assert (self.root / "store" / key).read_bytes() == body
            assert {key.replace("manifest.json", name) for name in OUTPUTS} <= found

    def teardown(self) -> None:
        try:
            self.drain()
            self.check_the_end()
        finally:
            self.ledger.close()
            self.folder.cleanup()

    def drain(self) -> None:
        """Nothing goes wrong any more: all workers are new, the queue is filled again, people say what is to become."""
        for worker in self.busy():
            self.die(worker)
        for name in list(self.live):
            self.let_expire(name)
        for job_id in self.told:
            self.cancel(job_id) if self.given_up else self.release(job_id)
        self.sweep(watching=False, emptied=True, later=True)
        while self.queue.sent:
            self.deliver(0, 0, again=False, steps=8)

    def check_the_end(self) -> None:
        """None is lost, none goes on for ever, and nothing is left of what was broken off."""
        self.the_ledger_says_what_the_model_says()
        assert {job.id: job.state in FINAL for job in self.ledger.find()} == dict.fromkeys(self.told, True)
        for job_id, told in self.told.items():
            chain = self.ledger.custody.chain(told.original)
            assert [event.kind for event in chain if event.job == job_id].count("received") == 1
            assert is_unbroken(chain)
        clear_orphans(self.context("sweeper"), -1.0)
        self.a_manifest_stays_as_it_was_written_and_all_its_outputs_are_there()
        assert {path.parent for path in self.published()} == {
            (self.root / "store" / key).parent for key in self.manifests
        }


@pytest.mark.timeout(900)  # where it fails, Hypothesis looks for the shortest way there
def test_whatever_happens_when_no_job_is_lost_made_twice_or_changed_by_who_has_lost_it(monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _: None)
    monkeypatch.setitem(_CLOCKS, "sqlite", "by_hand()")
    run_state_machine_as_test(
        JobMachine,
        settings=settings(
            max_examples=int(os.environ.get("FOOTAGE_MACHINE_EXAMPLES", "15")),
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
