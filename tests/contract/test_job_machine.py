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
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import event, select

from pipelines.domain.errors import Busy, FootageError, Full, Killed, NoSpace, Stalled, ToolFailed
from pipelines.domain.keys import manifest_key, output_key
from pipelines.domain.model import Submission
from pipelines.jobs.orphans import clear_orphans
from pipelines.jobs.runner import JobRunner
from pipelines.jobs.sweeper import Sweeper
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.lanes import LANES
from pipelines.service import Service, Staleness
from storage.custody import is_unbroken
from storage.database import _CLOCKS
from storage.lease_names import job_lease, recipe_lease
from storage.leases import LeaseLost
from storage.local import LocalStore
from storage.records import FINAL, Job
from storage.schema import custody, endings, jobs, leases
from tests.contract.helpers import ExaminedLedger, expire
from tests.unit.facts import jiexi

LONG = 1e9  # seconds: no lease ends here but by a rule
CONTENTS = (b"footage", b"other footage")
OUTPUTS = ("master.mp4", "poster.jpg")
MOST_JOBS, MOST_ATTEMPTS, MOST_DEATHS = 4, 5, 2

which = st.integers(0, 11)  # of several, the one with this number, counted round
steps = st.sampled_from(range(9))  # a job takes eight, where nothing comes between


@dataclass
class Worker:
    """A process. `step`: what it does next, "" where it waits for a message; `job` is the one it was given."""

    number: int
    lives: int = 0
    step: str = ""
    job: Job | None = None
    token: int = 0
    recipe_token: int = 0

    @property
    def name(self) -> str:
        """Another one after each death: a new process."""
        return f"worker-{self.number}-{self.lives}"


@dataclass
class Told:
    """What the ledger has to say of a job."""

    lane: str
    content: bytes
    state: str = "queued"
    attempts: int = 0
    deaths: int = 0
    waits: bool = False  # it may not be taken up yet
    ends: list[str] = field(default_factory=list)

    @property
    def original(self) -> str:
        return sha256(self.content).hexdigest()

    @property
    def recipe(self) -> str:
        return sha256(b"recipe of " + self.content).hexdigest()[:24]

    @property
    def manifest(self) -> str:
        return manifest_key(self.original, self.recipe)

    @property
    def making(self) -> str:
        return recipe_lease(self.original, self.recipe)

    def move(self, state: str, **changes: Any) -> None:
        """Now in this state, which may be an end."""
        self.state = state
        for name, value in changes.items():
            setattr(self, name, value)
        if state in FINAL or state == "held":
            self.ends.append(state)


class Messages:
    """A queue: messages come in any order, twice or never, as the rules want it."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def wake(self, lane: str) -> None:
        self.sent.append(lane)

    def pending(self, lane: str) -> int:
        return self.sent.count(lane)


class JobMachine(RuleBasedStateMachine):
    """`told`: each job by its id. `live`: each lease by its name, with its holder and token. `spent`: lost tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.root = Path(self.folder.name)
        self.time = 1_600_000_000.0
        self.ledger = ExaminedLedger(f"sqlite:///{self.root}/ledger.db")
        self.ledger.close()
        for engine in self.ledger.engines:
            event.listen(engine, "connect", self.connected)
        self.store = LocalStore(self.root / "store")
        (self.root / "scratch").mkdir()
        self.queue = Messages()
        self.service = Service(self.context("desk"), self.queue)
        self.workers = [Worker(number) for number in range(3)]
        self.told: dict[str, Told] = {}
        self.live: dict[str, tuple[str, int]] = {}
        self.tokens: Counter[str] = Counter()
        self.spent: list[tuple[str, int]] = []
        self.manifests: dict[str, bytes] = {}
        self.recorded: set[str] = set()
        self.given_up = False

    def connected(self, connection: Any, _record: object) -> None:
        """What is tested here is no power cut: nothing waits for the disk."""
        connection.execute("PRAGMA synchronous=OFF")
        connection.create_function("by_hand", 0, self.clock)

    def clock(self) -> float:
        """No two times are the same, or chance would say whose turn it is; all of them lie within a wait."""
        self.time += 1e-6
        return self.time

    def context(self, holder: str) -> WorkContext:
        return WorkContext(self.store, self.ledger, jiexi(), self.root / "scratch", holder, reserve=0)

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

    def begin(self, worker: Worker) -> None:
        """What is published already is taken over; what another makes is waited for."""
        told = self.told_of(worker)
        if self.store.stat(told.manifest):
            assert told.manifest in self.manifests
            worker.step = "record"
            return
        token = self.ledger.leases.acquire(told.making, worker.name, LONG)
        if token is None:
            assert told.making in self.live
            self.failed(worker, Busy("another makes it"))
            return
        self.took(told.making, worker, token)
        worker.recipe_token, worker.step = token, "make"

    def make(self, worker: Worker) -> None:
        with self.lost_if(not self.holds_job(worker), worker):
            self.ledger.advance(worker.job.id, worker.token, stage="render", percent=50.0)
            worker.step = "may_write"

    def may_write(self, worker: Worker) -> None:
        self.fence(worker, "write")

    def write(self, worker: Worker) -> None:
        told = self.told_of(worker)
        for name in OUTPUTS:
            key, made = output_key(told.original, told.recipe, name), self.file(output(told, name))
            there = self.store.stat(key)
            if there is None or there.sha256 != sha256(made.read_bytes()).hexdigest():
                self.store.put(key, made, media_type="video/mp4")
        worker.step = "may_commit"

    def may_commit(self, worker: Worker) -> None:
        self.fence(worker, "commit")

    def commit(self, worker: Worker) -> None:
        """The manifest says who wrote it: a second one would be another."""
        told, body = self.told_of(worker), f"{worker.name} {worker.token}".encode()

        first = self.store.put(told.manifest, self.file(body), media_type="application/json", if_absent=True)

        assert first == (told.manifest not in self.manifests)
        self.manifests.setdefault(told.manifest, body)
        self.let_go(worker, told.making, worker.recipe_token, done=True)
        worker.recipe_token, worker.step = 0, "record"

    def record(self, worker: Worker) -> None:
        told = self.told_of(worker)
        with self.lost_if(not self.holds_job(worker), worker):
            self.ledger.leases.check(job_lease(worker.job.id), worker.token)
            self.ledger.custody.record_once(told.original, "published", worker.job.id, manifest=told.manifest)
            self.recorded.add(told.manifest)
            worker.step = "end"

    def end(self, worker: Worker) -> None:
        told = self.told_of(worker)
        with self.lost_if(not self.holds_job(worker), worker):
            final = {"state": "published", "recipe": told.recipe, "manifest": told.manifest}
            self.ledger.advance(worker.job.id, worker.token, **final)
            told.move("published")
            self.stop(worker, done=True)

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
        queued = self.service.reprocess([Staleness(self.service.status(job_id), "")])
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

    # ---- helpers

    def can_deliver(self) -> bool:
        return bool(self.queue.sent) and len(self.busy()) < len(self.workers)

    def busy(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.step]

    def told_of(self, worker: Worker) -> Told:
        return self.told[worker.job.id]

    def holds_job(self, worker: Worker) -> bool:
        return self.live.get(job_lease(worker.job.id)) == (worker.name, worker.token)

    def holds_recipe(self, worker: Worker) -> bool:
        return self.live.get(self.told_of(worker).making) == (worker.name, worker.recipe_token)

    def took(self, name: str, worker: Worker, token: int) -> None:
        """The lease is taken: nobody had it, and its token is higher than any before."""
        assert name not in self.live
        assert token == self.tokens[name] + 1
        self.tokens[name] = token
        self.live[name] = worker.name, token

    def let_expire(self, name: str) -> None:
        expire(self.ledger, name)
        self.drop(name)

    def drop(self, name: str) -> None:
        """The lease is nobody's any more."""
        if name in self.live:
            _, token = self.live.pop(name)
            if name.startswith("job:"):
                self.spent.append((name.removeprefix("job:"), token))

    def let_go(self, worker: Worker, name: str, token: int, *, done: bool) -> None:
        self.ledger.leases.release(name, token, done=done)
        if self.live.get(name) == (worker.name, token):
            self.drop(name)

    def stop(self, worker: Worker, *, done: bool) -> None:
        """As the blocks are left in which the leases are held, the inner one first."""
        if worker.recipe_token:
            self.let_go(worker, self.told_of(worker).making, worker.recipe_token, done=done)
        self.let_go(worker, job_lease(worker.job.id), worker.token, done=done)
        worker.step, worker.job, worker.token, worker.recipe_token = "", None, 0, 0

    def die(self, worker: Worker) -> None:
        """Its leases stay; another process is started in its place."""
        worker.step, worker.job, worker.token, worker.recipe_token = "", None, 0, 0
        worker.lives += 1

    @contextmanager
    def lost_if(self, lost: bool, worker: Worker) -> Iterator[None]:
        """Where a lease is lost, the block raises LeaseLost before it has changed anything, and the worker stops."""
        if not lost:
            yield
            return
        with pytest.raises(LeaseLost):
            yield
        self.stop(worker, done=False)

    def fence(self, worker: Worker, following: str) -> None:
        lost = not (self.holds_job(worker) and self.holds_recipe(worker))
        with self.lost_if(lost, worker):
            self.ledger.leases.check(job_lease(worker.job.id), worker.token)
            self.ledger.leases.check(self.told_of(worker).making, worker.recipe_token)
            worker.step = following

    def failed(self, worker: Worker, error: FootageError, *, dies: bool = False) -> None:
        told = self.told_of(worker)
        runner = JobRunner(self.context(worker.name))
        with self.lost_if(not self.holds_job(worker), worker):
            try:
                runner._failed(worker.job, SimpleNamespace(token=worker.token), error)
            except type(error):
                assert self.ledger.job(worker.job.id).state == "queued"  # raised where it goes back into the line
            self.fail_in_the_model(told, error)
            self.die(worker) if dies else self.stop(worker, done=False)

    def fail_in_the_model(self, told: Told, error: FootageError) -> None:
        """A wait is no attempt; the second death is held; five attempts are enough."""
        if isinstance(error, (Busy, NoSpace)):
            told.move("queued", attempts=told.attempts - 1, waits=True)
            return
        told.deaths += isinstance(error, Killed)
        if told.deaths == MOST_DEATHS:
            told.move("held")
        elif isinstance(error, ToolFailed) or told.attempts == MOST_ATTEMPTS:
            told.move("failed")
        else:
            told.move("queued", waits=True)

    def again(self, job_id: str, verb: Any, states: tuple[str, ...]) -> None:
        told = self.told[job_id]
        job = verb(job_id)
        if told.state in states:
            told.move("queued", attempts=0, deaths=0, waits=False)
            assert self.queue.sent[-1] == told.lane
        assert job.state == told.state

    def file(self, body: bytes) -> Path:
        path = self.root / "file"
        path.write_bytes(body)
        return path

    def published(self) -> list[Path]:
        return [path for path in (self.root / "store" / "published").rglob("*") if path.is_file()]


def nth(some: list[Any], number: int) -> Any:
    return some[number % len(some)]


def output(told: Told, name: str) -> bytes:
    return f"{name} of {told.recipe}".encode()


@pytest.mark.timeout(900)  # where it fails, Hypothesis looks for the shortest way there
def test_whatever_happens_when_no_job_is_lost_made_twice_or_changed_by_who_has_lost_it(monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _: None)
    monkeypatch.setitem(_CLOCKS, "sqlite", "by_hand()")
    run_state_machine_as_test(
        JobMachine,
        settings=settings(
            max_examples=int(os.environ.get("FOOTAGE_MACHINE_EXAMPLES", "25")),
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
