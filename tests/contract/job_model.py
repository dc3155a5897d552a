"""The players of the job machine: workers who do a job step by step, and the model that the ledger is held against."""

from __future__ import annotations

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
from hypothesis.stateful import (
    RuleBasedStateMachine,
)
from sqlalchemy import event

from pipelines.domain.errors import Busy, FootageError, Killed, NoSpace, ToolFailed
from pipelines.domain.keys import manifest_key, output_key
from pipelines.jobs.runner import JobRunner
from pipelines.scheduling.context import WorkContext
from pipelines.service import Service
from storage.lease_names import job_lease, recipe_lease
from storage.leases import LeaseLost
from storage.local import LocalStore
from storage.records import FINAL, Job
from tests.contract.helpers import ExaminedLedger, expire
from tests.unit.facts import jiexi

LONG = 1e9  # seconds: no lease ends here but by a rule
CONTENTS = (b"footage", b"other footage")
OUTPUTS = ("master.mp4", "poster.jpg")
MOST_JOBS, MOST_ATTEMPTS, MOST_DEATHS = 4, 5, 2


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


class JobModel(RuleBasedStateMachine):
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

    # ---- a worker, step by step

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
                runner.record_failure(worker.job, SimpleNamespace(token=worker.token), error)
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
