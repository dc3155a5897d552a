"""Jobs, leases and threads to try the ledger with, and a way into its database that is none of the ledger's."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, select, text, update

from storage import S3Access
from storage.base import Store
from storage.database import Database
from storage.ledger import Ledger
from storage.records import Asset, Job
from storage.schema import jobs, leases
from tests.servers.seaweed import Seaweed

SUBJECT = sha256(b"footage").hexdigest()
OTHER = sha256(b"other footage").hexdigest()
MP4 = "video/mp4"
LONG = 60.0  # seconds: a lease that outlives its test
ENDS = ["published", "rejected", "failed", "held", "cancelled"]

_PROJECT = Path(__file__).parents[2]
# Forked after the imports: all of them come to the database at the same moment.
_AT_ONCE = """
import os, sys
import alembic.command
from storage.ledger import Ledger
shot, gun = os.pipe()
children = []
for _ in range({count}):
    if not (child := os.fork()):
        os.close(gun)
        os.read(shot, 1)
        ledger = Ledger(sys.argv[1])
        {work}
        ledger.close()
        os._exit(0)
    children.append(child)
os.close(gun)
print([os.waitpid(child, 0)[1] for child in children])
"""


def keys(store: Store, prefix: str = "") -> list[str]:
    return [blob.key for blob in store.list(prefix)]


def access_to(server: Seaweed) -> S3Access:
    return S3Access(server.endpoint, server.access_key, server.secret_key, server.region)


class ExaminedLedger(Ledger):
    """A ledger whose database can be looked at, and changed, behind its back."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url

    @cached_property
    def behind(self) -> Database:
        """Open the same database through connections of its own; only the tests that need them pay."""
        return Database(self.url)

    @property
    def engines(self) -> tuple[Engine, Engine]:
        """Return the ledger's own and the one behind its back, before either has a connection."""
        self.close()
        self.behind.engine.dispose()
        return self._db.engine, self.behind.engine

    def close(self) -> None:
        """Let go of the connections behind it as well."""
        super().close()
        if "behind" in self.__dict__:
            self.behind.engine.dispose()


def submit(ledger: ExaminedLedger, **fields: Any) -> Job:
    return ledger.create(**{"name": "clip.mp4", "programme": "zhubo", **fields})


def names(found: list[Job]) -> list[str]:
    return [job.name for job in found]


def age(ledger: ExaminedLedger, job: Job, seconds: float) -> None:
    """Make the job so much older."""
    with ledger.behind.begin() as connection:
        past = {column: getattr(jobs.c, column) - seconds for column in ("created", "updated")}
        connection.execute(update(jobs).where(jobs.c.id == job.id).values(**past))


def expire(ledger: ExaminedLedger, name: str) -> None:
    """Let the lease run out now."""
    with ledger.behind.begin() as connection:
        connection.execute(update(leases).where(leases.c.name == name).values(expires=ledger.behind.now - 0.001))


def fall_due(ledger: ExaminedLedger, job: Job) -> None:
    """Let the time that the job waits for be now."""
    with ledger.behind.begin() as connection:
        connection.execute(update(jobs).where(jobs.c.id == job.id).values(due=ledger.behind.now - 0.001))


def seconds_left(ledger: ExaminedLedger, name: str) -> float:
    with ledger.behind.begin() as connection:
        return connection.execute(
            select(leases.c.expires - ledger.behind.now).where(leases.c.name == name)
        ).scalar_one()


def put_in_line(ledger: ExaminedLedger, name: str = "clip.mp4", *, old: float = 0.0, **fields: Any) -> Job:
    """Create a job that can be taken up, so many seconds old."""
    job = submit(ledger, name=name, **{"state": "queued", "lane": "video", **fields})
    age(ledger, job, old)
    return ledger.job(job.id)


def taken_up(ledger: ExaminedLedger, *lanes: str, holder: str = "worker") -> tuple[Job, int]:
    claimed = ledger.queue.claim(lanes or ["video"], holder, LONG)
    assert claimed is not None
    return claimed


def tick() -> None:
    """Let SQLite's clock go on, which counts milliseconds: what came first is to be told."""
    time.sleep(0.003)


def order(ledger: ExaminedLedger, *lanes: str) -> list[str]:
    """Claim all that can be taken up, one after the other, and return their names."""
    found = []
    while claimed := ledger.queue.claim(lanes or ["video"], "worker", LONG):
        found.append(claimed[0].name)
        tick()
    return found


def lost_to_nobody(ledger: ExaminedLedger, name: str) -> int:
    token = ledger.leases.acquire(name, "worker", LONG)
    expire(ledger, name)
    return token


def lost_to_another(ledger: ExaminedLedger, name: str) -> int:
    token = lost_to_nobody(ledger, name)
    ledger.leases.acquire(name, "another", LONG)
    return token


def given_back(ledger: ExaminedLedger, name: str) -> int:
    token = ledger.leases.acquire(name, "worker", LONG)
    ledger.leases.release(name, token)
    return token


def not_dealt_yet(ledger: ExaminedLedger, name: str) -> int:
    return ledger.leases.acquire(name, "worker", LONG) + 1


def of_another(ledger: ExaminedLedger, name: str) -> int:
    return ledger.leases.acquire(f"{name}x", "worker", LONG)


# Ways not to hold a lease, each returning a token for it.
losing = pytest.mark.parametrize("lose", [lost_to_nobody, lost_to_another, given_back, not_dealt_yet, of_another])


def asset(key: str, *, manifest: str = "m", name: str = "master", **fields: Any) -> Asset:
    rest = {"role": "master", "media_type": "video/mp4", "sha256": SUBJECT, "size": 7}
    return Asset(
        key=key, manifest=manifest, name=name, **{**rest, "width": 1920, "height": 1080, "duration": 54.32, **fields}
    )


def at_once(count: int, call: Callable[[int], Any]) -> list[Any]:
    """Return what so many threads got that made the call at the same moment."""
    start = Barrier(count)

    def run(number: int) -> Any:
        start.wait()
        return call(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def said_by(script: str, *words: str) -> str:
    """Return what a Python of its own prints, with these words; it writes nothing to stderr."""
    told = subprocess.run([sys.executable, "-c", script, *words], cwd=_PROJECT, capture_output=True, text=True)
    assert told.stderr == ""
    return told.stdout.strip()


def open_in_processes(count: int, work: str, *words: str) -> None:
    """Open the ledger, the first of the words, in so many processes at the same moment; each does this work on it."""
    script = _AT_ONCE.format(count=count, work=work.replace("\n", "\n        "))
    assert said_by(script, *words) == str([0] * count)


def open_by_eight_processes(url: str) -> None:
    """Open the ledger in eight processes at the same moment; each creates a job."""
    open_in_processes(8, "ledger.create(name='x', programme='y')", url)


def wait_for_waiting(ledger: ExaminedLedger, count: int, gone: Callable[[], bool] = lambda: False) -> None:
    """Wait until so many connections stand before a lock, or are past it. In SQLite all of the file is one lock."""
    waiting = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
    deadline = time.monotonic() + 20
    while ledger.url.startswith("postgresql") and time.monotonic() < deadline and not gone():
        with ledger.behind.begin() as connection:
            if connection.execute(waiting).scalar_one() >= count:
                return
        time.sleep(0.02)
