"""One run: how much of it, from the first file sent to the last promise held."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from chaos.faults import Broken, storm
from chaos.logs import codes, unexpected
from chaos.material import material
from chaos.people import Operator, Post
from chaos.rig import Rig, running_rig, serving
from chaos.schedule import Counts, schedule
from chaos.servers import running_site
from chaos.verdicts import Found, Verdict, verdicts
from chaos.watch import Watch
from storage.ledger import Ledger
from storage.records import FINAL, Job

_PASSES = 5.0  # seconds for the sweeper to come round twice


@dataclass(frozen=True, slots=True)
class Size:
    """So many jobs and faults, these within `duration` seconds; after `limit` a run that goes on has failed."""

    jobs: int = 200
    counts: Counts = field(default_factory=Counts)
    duration: float = 450.0
    limit: float = 14 * 60.0
    orphans: float = 20.0  # seconds; the sweeper's limit


SHORT = Size(8, Counts(4, 0, 1, 1, 1, 1, 0, 1, longest=3.0), duration=9.0, limit=110.0, orphans=3.0)


@dataclass(slots=True)
class Outcome:
    """What a run has shown."""

    seconds: float
    broken: Sequence[Broken]
    verdicts: list[Verdict]
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        """Every promise."""
        return not any(verdict.wrong for verdict in self.verdicts)


class TooLong(Exception):
    """Jobs that were still under way at the limit."""


def run(folder: Path, size: Size, seed: int) -> Outcome:
    """In this folder, which is there and empty. Raises TooLong."""
    sent = material(_made(folder / "material"), size.jobs, seed)
    faults = schedule(seed, size.counts, size.duration)
    with ExitStack() as stack:
        site = stack.enter_context(running_site())
        began = time.monotonic()
        rig = stack.enter_context(running_rig(folder, site, orphans=size.orphans))
        service = stack.enter_context(serving(rig))
        looking = stack.enter_context(closing(rig.ledger()))
        post, operator = Post(service), Operator(service)
        with storm(rig, faults) as (raging, thread), _threads(operator.watch):
            watch = Watch(raging, looking)
            with _threads(watch.run):
                units = post.send_all(sent, size.duration * 0.7)
                deadline = began + size.limit
                _join([*units, thread], deadline)
                _all_ended(looking, post, operator, deadline)
        # What is left in the store is nobody's only after the sweeper's limit.
        time.sleep(size.orphans + _PASSES)
        ended = time.monotonic()
        stopped = rig.close()
        found = _found(rig, looking, post)
        told = [*verdicts(found, watch), _stopped(stopped), _understood(rig.footage.home)]
        return Outcome(ended - began, raging.broken, told, _notes(post, operator, rig, found))


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


@contextmanager
def _threads(*targets: Callable[[threading.Event], None]) -> Iterator[None]:
    over = threading.Event()
    threads = [threading.Thread(target=target, args=(over,)) for target in targets]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _join(threads: Sequence[threading.Thread], deadline: float) -> None:
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            raise TooLong(f"{thread.name} was not done")


def _all_ended(ledger: Ledger, post: Post, operator: Operator, deadline: float) -> None:
    """Waits for it; what has failed is run again once, as an operator would when all is well again."""
    if post.errors:
        raise post.errors[0]
    while time.monotonic() < deadline:
        jobs = [job for job in _jobs(ledger) if job.id in post.jobs]
        going = [job for job in jobs if job.state not in FINAL]
        if not going and not operator.retry(jobs):
            return
        time.sleep(0.5)
    raise TooLong("; ".join(f"{job.id} {job.state} {job.stage} {job.code}" for job in going))


def _jobs(ledger: Ledger) -> list[Job]:
    return ledger.find(limit=100_000)


def _found(rig: Rig, ledger: Ledger, post: Post) -> Found:
    jobs = {job.id: job for job in _jobs(ledger) if job.id in post.jobs}
    return Found(post.jobs, jobs, rig.site.seaweed.store("chaos"), ledger, rig.scratch)


def _stopped(statuses: Sequence[int]) -> Verdict:
    wrong = [f"exit status {status}" for status in statuses if status]
    return Verdict("told to stop, they stop", f"{len(statuses)} processes", tuple(wrong))


def _understood(home: Path) -> Verdict:
    met = ", ".join(f"{number} {code}" for code, number in codes(home).most_common())
    return Verdict("nothing unexpected in the logs", met, tuple(unexpected(home)))


def _notes(post: Post, operator: Operator, rig: Rig, found: Found) -> dict[str, str]:
    failed = Counter(operator.retried.values())
    deaths = Counter(job.deaths for job in found.jobs.values())
    return {
        "sent again while something was away": str(post.refused),
        "released by the operator": str(operator.released),
        "failed, and run again once": ", ".join(f"{n} {code}" for code, n in failed.items()) or "none",
        "announced and never sent": str(len(_jobs(found.ledger)) - len(found.jobs)),
        "processes started": str(rig.starts),
        "deaths since last queued": ", ".join(f"{jobs} jobs {n}" for n, jobs in sorted(deaths.items())),
    }
