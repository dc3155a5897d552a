"""Make many jobs again as one batch: estimated beforehand, fed into the bulk lane, and taken back as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pipelines.domain.errors import Busy, UnknownJob, WrongUse
from pipelines.domain.estimates import BatchEstimate, Remade, estimate, rates_of
from pipelines.jobs.batch_comparison import Comparison, comparisons
from pipelines.jobs.batch_feeding import LANE, BatchFeeder, restore, stands_of
from pipelines.jobs.batch_planning import made_with, remade_of
from pipelines.jobs.old_publications import OldPublication, old_publications, prune_publication
from pipelines.jobs.staleness import Staleness, staleness_of
from pipelines.jobs.steering import again_in_bulk, cancel
from pipelines.sandbox.spending import CPU, RUN, UNITS
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from pipelines.scheduling.lanes import Waker
from pipelines.scheduling.leases import leased
from storage.batches import Batch, BatchItem, BatchState, ItemState
from storage.lease_names import job_lease
from storage.records import FINAL, Job

_WORDS = {CPU: "cpu", RUN: "run", UNITS: "units"}


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """The plan of a batch: each job with what is made again of it, and the estimate of the whole."""

    jobs: Sequence[tuple[Job, Remade]]
    estimate: BatchEstimate


@dataclass(frozen=True, slots=True)
class Batches:
    """The verbs of batches, bound to one work context."""

    context: WorkContext
    waker: Waker

    def select(self, jobs: Sequence[Job], *, recipe: str = "", tool: str = "") -> list[Job]:
        """Return those of these jobs whose recipe begins so, and that this tool has made, as `name=version`.

        Raises WrongUse for a tool without a version.
        """
        chosen = [job for job in jobs if job.recipe.startswith(recipe)]
        name, equals, version = tool.partition("=")
        if tool and not (name and equals):
            raise WrongUse(f"tool {tool!r}", text="工具写成 名称=版本，如 ffmpeg=7.0。")
        return [job for job in chosen if made_with(self.context, job, name, version)] if tool else chosen

    def plan(self, jobs: Sequence[Job], *, rate: int = 0, step: Callable[[], None] = lambda: None) -> BatchPlan:
        """Return what is made again of these jobs, without those that all rules leave as they are.

        `step` is called after each job.
        """
        with translated():
            busy = self.context.ledger.batches.busy()
        found = []
        for job in jobs:
            if job.state in FINAL and job.original and job.id not in busy:
                remade = remade_of(self.context, job)
                found += [] if remade.is_nothing else [(job, remade)]
            step()
        needs = [job.needs.get("cores", 1) for job, remade in found if "film" in remade.units]
        cores = sum(needs) / len(needs) if needs else 1.0
        return BatchPlan(found, self._estimate([remade for _, remade in found], cores, rate))

    def _estimate(self, remade: Sequence[Remade], cores: float, rate: int) -> BatchEstimate:
        """Return the estimate. `cores`: that a film takes, on average, by which the machine admits jobs."""
        ledger = self.context.ledger
        with translated():
            tallies = {
                (_WORDS[name], dict(labels)["work"]): value
                for (name, labels), value in ledger.tallies.all().items()
                if name in _WORDS
            }
            workers = sum(LANE in lanes.split(",") for _, lanes in ledger.leases.holders("worker:"))
            before = sum(count for state, _, count, _ in ledger.queue.counts() if state == "queued")
        rates, alone = rates_of(tallies), 1 / max(1, workers)
        shares = {"": alone, "film": max(alone, min(1.0, cores / self.context.capacity().cores))}
        waiting = before * alone * (rates["anew"].run if "anew" in rates else 0.0)
        return estimate(remade, rates, shares, waiting=waiting, rate=rate)

    def renewals(self, jobs: Sequence[Job], *, stale: bool) -> list[Staleness]:
        """Return the finished ones of these jobs with today's recipes; with `stale`, only those known to be stale."""
        found = staleness_of(self.context, [job for job in jobs if job.state in FINAL])
        return [renewal for renewal in found if renewal.is_stale or not stale]

    def reprocess(self, renewals: Sequence[Staleness]) -> list[Job]:
        """Queue these jobs again in the bulk lane, each by itself; a job that runs meanwhile is left alone."""
        return again_in_bulk(self.context, self.waker, [renewal.job for renewal in renewals])

    def start(self, plan: BatchPlan, name: str, owner: str, selector: Mapping[str, Any], rate: int) -> Batch:
        """Start a batch of what was planned. Raises WrongUse where nothing is to be made."""
        if not plan.jobs:
            text = "没有要重做的：按现在的规则，选中的成品都会做得一样。"
            raise WrongUse("an empty batch", code="nothing-to-renew", text=text)
        if not 0 <= rate <= 100_000:
            raise WrongUse(f"rate {rate}", text="速率写每分钟几件，0 为不限。")
        with translated():
            items = [(job.id, stands_of(self.context, job)) for job, _ in plan.jobs]
            batch = self.context.ledger.batches.make(name, owner, selector, asdict(plan.estimate), rate, items)
        self.feed()
        return batch

    def all(self) -> list[tuple[Batch, dict[ItemState, int]]]:
        """Return all batches, newest first, with the number of their jobs by state."""
        with translated():
            book = self.context.ledger.batches
            return [(batch, book.counts(batch.id)) for batch in book.all()]

    def of(self, batch: str) -> tuple[Batch, dict[ItemState, int]]:
        """Return a batch with the number of its jobs by state. Raises UnknownJob."""
        with translated():
            found = self.context.ledger.batches.of(batch)
            if found is None:
                raise UnknownJob(f"no batch {batch[:40]!r}", text="没有这个批次。")
            return found, self.context.ledger.batches.counts(batch)

    def items(self, batch: str, states: Sequence[ItemState] = ()) -> list[BatchItem]:
        """Return the jobs of a batch in their order."""
        with translated():
            return self.context.ledger.batches.items(batch, states)

    def compare(self, batch: str, samples: int = 0, limit: int = 100_000) -> list[Comparison]:
        """Return the table of before and after. `samples`: masters that VMAF is measured of; `limit`: of jobs."""
        self.of(batch)
        return comparisons(self.context, self.items(batch)[:limit], samples)

    def pause(self, batch: str) -> Batch:
        """Put no more jobs of a batch into the queue; those that are in it go on."""
        return self._turned(batch, ["running"], "paused")

    def resume(self, batch: str) -> Batch:
        """Go on with a paused batch."""
        return self._turned(batch, ["paused"], "running")

    def cancel(self, batch: str) -> Batch:
        """End a batch; what is made stays, what was not begun is left as it was."""
        with translated(), self.context.ledger.together():
            turned = self._turned(batch, ["running", "paused"], "cancelled")
            self.context.ledger.batches.cancel_waiting(batch)
        queued = self.items(batch, ["queued"])
        for item in queued:
            cancel(self.context, item.job)
        self.feed()
        return turned

    def roll_back(self, batch: str) -> tuple[int, int]:
        """Bring back what stood before a batch; return how many jobs, and how many were changed since and stay."""
        found, counts = self.of(batch)
        if found.state in {"running", "paused"} or counts.get("queued"):
            raise WrongUse(f"batch {batch} is {found.state}", text="批次还没有结束，请先取消（cancel）再退回。")
        back = left = 0
        for item in self.items(batch, ["done"]):
            if self._taken_back(item):
                back += 1
            else:
                left += 1
        if not left:
            self._turned(batch, ["done", "cancelled"], "rolled-back")
        return back, left

    def replaced(self, before: float) -> Iterator[OldPublication]:
        """Yield the publications that batches which ended before then have replaced (seconds since 1970)."""
        return old_publications(self.context, before)

    def prune(self, found: OldPublication) -> bool:
        """Remove one of them; return False where it stands again or is being worked on."""
        return prune_publication(self.context, found)

    def feed(self) -> None:
        """Enter what has ended of each batch, and put the next jobs into the queue; the sweeper calls this."""
        BatchFeeder(self.context, self.waker).feed()

    def _taken_back(self, item: BatchItem) -> bool:
        """Take one job back; return False where it was changed since, is at work, or what stood before is gone."""
        ledger, before = self.context.ledger, item.before
        kept = [key for key in (before["manifest"], before["edition"]) if key]
        try:
            with translated(), leased(ledger.leases, job_lease(item.job), self.context.holder):
                if not before["manifest"] or not all(self.context.store.stat(key) for key in kept):
                    return False
                with ledger.together():
                    job = ledger.job(item.job)
                    if job is None or _essence(stands_of(self.context, job)) != _essence(item.after):
                        return False
                    ledger.custody.record(
                        job.original, "rolled-back", job.id, manifest=before["manifest"], batch=item.batch
                    )
                    ledger.batches.mark(item, ["done"], "rolled-back", after=item.after)
                    restore(self.context, item, job)
        except Busy:
            return False
        return True

    def _turned(self, batch: str, states: Sequence[BatchState], state: BatchState) -> Batch:
        found, _ = self.of(batch)
        with translated():
            turned = self.context.ledger.batches.turn(batch, states, state)
        if turned is None:
            raise WrongUse(f"batch {batch} is {found.state}", text="批次现在的状态不能这样做。")
        return turned


def _essence(stands: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has to be the same for a job to count as unchanged; its findings may grow by later photos."""
    return {name: stands.get(name) for name in ("state", "manifest", "edition", "decision")}
