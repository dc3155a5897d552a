"""Feed batches into the bulk lane, and enter how each of their jobs has ended."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.jobs.batch_planning import remade_of
from pipelines.jobs.steering import FRESH
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from pipelines.scheduling.lanes import Waker
from storage.batches import Batch, BatchItem, ItemState
from storage.changes import JobChanges
from storage.lease_names import job_lease
from storage.records import ENDED, FINAL, Job, RecordedFinding
from storage.rows import rows_of

log = logging.getLogger("footage")

LANE = "bulk"
_WINDOW = 60  # jobs of a batch in the queue at a time: the sweeper feeds it every two seconds
_AGAIN, _TIMES = "again ", 3  # the reason of an item that is put into the queue once more, and how often
_OLD_RULES = "做完后仍与现行规则不同；处理程序可能还在用旧规则，请重启后再做。"


@dataclass(frozen=True, slots=True)
class BatchFeeder:
    """The sweeper's part of batches."""

    context: WorkContext
    waker: Waker

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
        """Put a job into the bulk lane, with what stands of it by now; one that runs by itself is left."""
        ledger = self.context.ledger
        with ledger.together():
            job = ledger.job(item.job)
            if job is None or not ledger.batches.mark(item, ["waiting"], "queued", before=stands_of(self.context, job)):
                return
            moved = ledger.move(item.job, sorted(FINAL), **JobChanges(**FRESH, lane=LANE))
            if moved is None:
                ledger.batches.mark(item, ["queued"], "left", reason="任务正在处理，没有排入。")
        if moved:
            self.waker.wake(moved.lane)

    def _enter_ended(self, batch: Batch) -> None:
        """Enter the jobs that have ended; the lease of one is held until its edit request is carried out, too."""
        ledger = self.context.ledger
        for item in ledger.batches.items(batch.id, ["queued"]):
            if ledger.leases.holders(job_lease(item.job)):
                continue
            job = ledger.job(item.job)  # read after its lease: nothing changes it any more
            if job is None or job.state not in ENDED:
                continue
            unfinished = job.state == "published" and not remade_of(self.context, job).is_nothing
            with ledger.together():
                if unfinished and item.reason.count(_AGAIN) < _TIMES and not _dropped(job):
                    self._once_more(item, job)
                else:
                    self._end(item, job, unfinished=unfinished)

    def _once_more(self, item: BatchItem, job: Job) -> None:
        """Queue a job again whose worker died before it carried out the edit request, or had yesterday's rules."""
        if self.context.ledger.batches.mark(item, ["queued"], "queued", reason=item.reason + _AGAIN):
            self.context.ledger.move(job.id, ["published"], **FRESH)
            self.waker.wake(LANE)

    def _end(self, item: BatchItem, job: Job, *, unfinished: bool) -> None:
        """Enter the end of a job; where it failed, what stood before stands again."""
        book = self.context.ledger.batches
        dropped = _dropped(job) and "edition-dropped" not in {found["code"] for found in item.before["findings"]}
        if job.state == "published" and not dropped:
            state: ItemState = "failed" if unfinished else "done"
            book.mark(
                item, ["queued"], state, after=stands_of(self.context, job), reason=_OLD_RULES if unfinished else ""
            )
            return
        why = [found.text for found in job.findings if found.severity == "reject" or found.code == "edition-dropped"]
        state = "cancelled" if job.state == "cancelled" else "failed"
        if book.mark(item, ["queued"], state, reason="；".join(why) or job.code) and item.before["manifest"]:
            restore(self.context, item, job)
            log.warning("a batch left a job as it was", extra={"job": job.id, "code": job.code})


def stands_of(context: WorkContext, job: Job) -> dict[str, Any]:
    """Return what stands of a job, as a batch keeps it."""
    decided = context.ledger.edits.of([job.id]).get(job.id)
    return {
        "state": job.state,
        "manifest": job.manifest,
        "recipe": job.recipe,
        "findings": rows_of(job.findings),
        "seen": job.seen,
        "code": job.code,
        "edition": decided.manifest if decided else "",
        "decision": dict(decided.decision) if decided else None,
    }


def restore(context: WorkContext, item: BatchItem, job: Job) -> None:
    """Let stand again what stood before: the publication, the findings, the edit request and what it made."""
    ledger, before = context.ledger, item.before
    ledger.move(job.id, [job.state], **_restored(before))
    if before["decision"]:
        ledger.edits.decide(job.id, before["decision"], before["edition"])
    else:
        ledger.edits.withdraw(job.id)


def _dropped(job: Job) -> bool:
    return any(found.code == "edition-dropped" for found in job.findings)


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
