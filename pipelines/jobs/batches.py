"""Make many jobs again as one batch: estimated beforehand, fed into the bulk lane, and taken back as a whole."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pipelines.domain.errors import UnknownJob, WrongUse
from pipelines.domain.estimates import BatchEstimate, Remade, estimate, rates_of
from pipelines.jobs.batch_comparison import Comparison, comparisons
from pipelines.jobs.batch_planning import made_with, remade_of
from pipelines.jobs.staleness import Staleness, staleness_of
from pipelines.jobs.steering import FRESH, again_in_bulk, cancel
from pipelines.sandbox.spending import CPU, RUN, UNITS
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from pipelines.scheduling.lanes import Waker
from storage.batches import Batch, BatchItem, BatchState, ItemState
from storage.changes import JobChanges
from storage.lease_names import JOBS, job_lease
from storage.records import ENDED, FINAL, Job, RecordedFinding
from storage.rows import rows_of

log = logging.getLogger("footage")

_WINDOW = 60  # jobs of a batch in the queue at a time: the sweeper feeds it every two seconds
_LANE = "bulk"
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
            busy = self.context.ledger.batches.busy([job.id for job in jobs])
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
            workers = sum(_LANE in lanes.split(",") for _, lanes in ledger.leases.holders("worker:"))
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
            items = [(job.id, self._stands(job)) for job, _ in plan.jobs]
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
        """Return the table of before and after, of at most `limit` jobs. `samples`: masters that VMAF is measured of."""
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
        turned = self._turned(batch, ["running", "paused"], "cancelled")
        with translated():
            book = self.context.ledger.batches
            for item in book.items(batch, ["waiting"]):
                book.mark(item, ["waiting"], "cancelled")
            queued = book.items(batch, ["queued"])
        for item in queued:
            cancel(self.context, item.job)
        self.feed()
        return turned

    def roll_back(self, batch: str) -> tuple[int, int]:
        """Bring back what stood before a batch; return how many jobs, and how many were changed since and stay."""
        found, _ = self.of(batch)
        if found.state in {"running", "paused"}:
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

    def feed(self) -> None:
        """Enter what has ended of each batch, and put the next jobs into the queue; the sweeper calls this."""
        with translated():
            for batch in self.context.ledger.batches.at_work():
                self._enter_ended(batch)
                if batch.state == "running":
                    self._fill(batch)

    def _fill(self, batch: Batch) -> None:
        book = self.context.ledger.batches
        counts = book.counts(batch.id)
        if not counts.get("waiting") and not counts.get("queued"):
            book.turn(batch.id, ["running"], "done")
            return
        room = _WINDOW - counts.get("queued", 0)
        if batch.rate:
            room = min(room, batch.rate - book.queued_since(batch.id, 60.0))
        for item in book.items(batch.id, ["waiting"], limit=room) if room > 0 else ():
            self._queue(item)

    def _queue(self, item: BatchItem) -> None:
        """Put a job into the bulk lane; one that runs by itself, or was changed since, is left."""
        ledger = self.context.ledger
        fresh = JobChanges(**FRESH, lane=_LANE)
        with ledger.together():
            if not ledger.batches.mark(item, ["waiting"], "queued"):
                return
            job = ledger.move(item.job, sorted(FINAL), **fresh)
            if job is None:
                ledger.batches.mark(item, ["queued"], "left", reason="任务正在处理，没有排入。")
        if job:
            self.waker.wake(job.lane)

    def _enter_ended(self, batch: Batch) -> None:
        """Enter the jobs that have ended; the lease of one is held until its edit request is carried out, too."""
        ledger = self.context.ledger
        at_work = {name for name, _ in ledger.leases.holders(JOBS)}
        for item in ledger.batches.items(batch.id, ["queued"]):
            job = ledger.job(item.job)
            if job is not None and job.state in ENDED and job_lease(job.id) not in at_work:
                unfinished = job.state == "published" and self._is_unfinished(job)
                with ledger.together():
                    self._once_more(job) if unfinished else self._end(item, job)

    def _is_unfinished(self, job: Job) -> bool:
        """Tell whether the worker of a published job died before it carried out the edit request."""
        decided = self.context.ledger.edits.of([job.id]).get(job.id)
        if decided is None or any(found.code == "edition-dropped" for found in job.findings):
            return False
        return not remade_of(self.context, job).is_nothing

    def _once_more(self, job: Job) -> None:
        if self.context.ledger.move(job.id, ["published"], **FRESH):
            self.waker.wake(_LANE)

    def _end(self, item: BatchItem, job: Job) -> None:
        """Enter the end of a job; where it failed, what stood before stands again."""
        ledger = self.context.ledger
        if job.state == "published":
            ledger.batches.mark(item, ["queued"], "done", after=self._stands(job))
            return
        reason = "；".join(found.text for found in job.findings if found.severity == "reject") or job.code
        state: ItemState = "cancelled" if job.state == "cancelled" else "failed"
        if ledger.batches.mark(item, ["queued"], state, reason=reason) and item.before["manifest"]:
            ledger.move(job.id, [job.state], **_restored(item.before))
            log.warning("a batch left a job as it was", extra={"job": job.id, "code": job.code})

    def _taken_back(self, item: BatchItem) -> bool:
        ledger = self.context.ledger
        with translated(), ledger.together():
            job = ledger.job(item.job)
            if job is None or job.state != "published" or self._stands(job) != dict(item.after):
                return False
            if not item.before["manifest"] or not ledger.batches.mark(item, ["done"], "rolled-back", after=item.after):
                return False
            ledger.move(job.id, ["published"], **_restored(item.before))
            decided = ledger.edits.of([job.id]).get(job.id)
            if decided:
                ledger.edits.decide(job.id, decided.decision, item.before["edition"])
            ledger.custody.record(
                job.original, "rolled-back", job.id, manifest=item.before["manifest"], batch=item.batch
            )
        return True

    def _stands(self, job: Job) -> dict[str, Any]:
        """Return what stands of a job, as a batch keeps it."""
        decided = self.context.ledger.edits.of([job.id]).get(job.id)
        return {
            "state": job.state,
            "manifest": job.manifest,
            "recipe": job.recipe,
            "findings": rows_of(job.findings),
            "seen": job.seen,
            "code": job.code,
            "edition": decided.manifest if decided else "",
        }

    def _turned(self, batch: str, states: Sequence[BatchState], state: BatchState) -> Batch:
        found, _ = self.of(batch)
        with translated():
            turned = self.context.ledger.batches.turn(batch, states, state)
        if turned is None:
            raise WrongUse(f"batch {batch} is {found.state}", text="批次现在的状态不能这样做。")
        return turned


def _restored(before: Mapping[str, Any]) -> JobChanges:
    findings = [RecordedFinding(**found) for found in before["findings"]]
    return JobChanges(
        state=before["state"],
        manifest=before["manifest"],
        recipe=before["recipe"],
        findings=findings,
        seen=before["seen"],
        code=before["code"],
        stage="",
        percent=100.0,
    )
