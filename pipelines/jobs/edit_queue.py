"""Take edits from pages, for workers of the urgent lane to make: the old clips stay until the new ones are there.

An edit is made under the lease of its job. A worker that is killed leaves the edit in the queue; another one that finds
the lease free makes it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from pipelines.domain.errors import Busy, EditedMeanwhile, FootageError, Transient, WrongUse
from pipelines.domain.planning.edit_requests import EDIT_REQUEST, EditRequest, checked, held_in_memory, on_frames
from pipelines.domain.reporting import Report
from pipelines.jobs.editor import Editor, job_at
from pipelines.jobs.runner import TO_DO
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import as_ours, translated
from pipelines.scheduling.lanes import Waker
from storage.records import Job, WantedEdit

log = logging.getLogger("footage")

LANE = "urgent"
_BUSY_SECONDS, _RETRY_SECONDS, _MOST_TRIES = 5.0, 30.0, 3
_REPORT_EVERY = 0.5  # seconds between two writes of progress


@dataclass(frozen=True, slots=True)
class EditQueue:
    """The edits that pages ask for, bound to one work context and one waker."""

    context: WorkContext
    waker: Waker

    def version(self, job_id: str) -> str:
        """Return a digest of the newest request on a job; an editor says which one was seen."""
        with translated():
            wanted = self.context.ledger.wanted_edits.of(job_id)
        return _digest(wanted.request) if wanted and not wanted.failure else self._base(job_id)

    def _base(self, job_id: str) -> str:
        """Return a digest of the request that stands."""
        with translated():
            decided = self.context.ledger.edits.of([job_id]).get(job_id)
        return _digest(decided.decision if decided else {})

    def ask(self, job_id: str, request: EditRequest, owner: str, name: str, seen: str) -> WantedEdit:
        """Enter an edit request. Raises EditedMeanwhile unless `seen` is its version; WrongUse, UnknownJob."""
        request = checked(request)
        self._check(job_id, request)
        ledger, written = self.context.ledger, EDIT_REQUEST.dump_python(request, mode="json")
        with translated(), ledger.together():
            ledger.wanted_edits.lock(job_id)
            wanted = ledger.wanted_edits.of(job_id)
            if self.version(job_id) != seen:
                raise EditedMeanwhile(f"job {job_id}: {seen} is not the newest", text=_by_whom(wanted))
            asked = ledger.wanted_edits.ask(job_id, written, self._base(job_id), owner, name)
        self.waker.wake(LANE)
        return asked

    def _check(self, job_id: str, request: EditRequest) -> None:
        """Raise WrongUse where the request can't be carried out, before anybody waits for it."""
        plan = Editor(self.context).film_plan(job_id)
        for stretches in (request.cuts, request.reel):
            cuts = on_frames(stretches, plan.encoding.frame_rate, plan.duration, request.editor)
            held_in_memory(cuts, cuts)
        if request.captions and not request.channels:
            raise WrongUse("captions without a channel", text="字幕只用于渠道版本：请先勾选渠道，或清空字幕。")
        unknown = [name for name in request.channels if name not in self.context.campaign.channels]
        if unknown:
            raise WrongUse(f"no channel {unknown[0]!r}", text=f"没有渠道“{unknown[0]}”。")

    def of(self, job_id: str) -> WantedEdit | None:
        """Return the edit that a job waits for, or that was given up."""
        with translated():
            return self.context.ledger.wanted_edits.of(job_id)

    def dismiss(self, job_id: str) -> None:
        """Remove an edit that was given up, once its maker has read why."""
        with translated():
            wanted = self.context.ledger.wanted_edits.of(job_id)
            if wanted and wanted.failure:
                self.context.ledger.wanted_edits.done(wanted)

    def take(self, lanes: Sequence[str], report: Report) -> Job | None:
        """Make the first edit that is due and whose job no other worker holds; None where there is none."""
        if LANE not in lanes:
            return None
        with translated():
            due = self.context.ledger.wanted_edits.due()
        for wanted in due:
            if job := self._made(wanted, report):
                return job
        return None

    def _made(self, wanted: WantedEdit, report: Report) -> Job | None:
        """Make one edit and return its job; None where it has to wait for another worker."""
        edits, job = self.context.ledger.wanted_edits, job_at(self.context, wanted.job)
        if job.state in TO_DO:  # it is being made anew, and will be published again
            edits.postpone(wanted, _BUSY_SECONDS)
            return None
        if wanted.tries >= _MOST_TRIES:
            edits.give_up(wanted, "制作时程序几次中断，请联系管理员。")
            return job
        edits.begin(wanted)  # counted first: an edit may kill its worker
        try:
            self._make(wanted, report)
        except Busy:
            edits.postpone(wanted, _BUSY_SECONDS, uncounted=True)
            return None
        except Exception as error:  # noqa: BLE001 - a person waits for it: any failure is told, none is lost
            self._failed(wanted, as_ours(error))
        else:
            edits.done(wanted)
        return job_at(self.context, wanted.job)

    def _make(self, wanted: WantedEdit, report: Report) -> None:
        """Carry a request out, unless it stands already or another one has come between."""
        editor, base = Editor(self.context), self._base(wanted.job)
        if base == _digest(wanted.request):
            return  # the worker that made it died before it could say so
        if base != wanted.base:
            raise EditedMeanwhile(f"job {wanted.job}: {wanted.base} no longer stands")
        request = EDIT_REQUEST.validate_python(wanted.request)
        if request.is_empty:
            editor.reset(wanted.job)
        else:
            editor.edit(wanted.job, request, _Told(self.context, wanted, report).tell)

    def _failed(self, wanted: WantedEdit, error: FootageError) -> None:
        log.warning("edit not made", extra={"job": wanted.job, "code": error.code, "detail": error.detail})
        edits = self.context.ledger.wanted_edits
        if isinstance(error, Transient) and wanted.tries + 1 < _MOST_TRIES:
            edits.postpone(wanted, _RETRY_SECONDS)
        else:
            edits.give_up(wanted, error.text)


@dataclass(slots=True)
class _Told:
    """The progress of an edit, written to the ledger at intervals for the page that waits for it."""

    context: WorkContext
    wanted: WantedEdit
    report: Report
    _written: float = float("-inf")

    def tell(self, stage: str, done: float, speed: float) -> None:
        self.report(stage, done, speed)
        if time.monotonic() - self._written >= _REPORT_EVERY:
            self._written = time.monotonic()
            with suppress(FootageError), translated():
                self.context.ledger.wanted_edits.progress(self.wanted, round(done * 100, 1))


def _digest(request: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()[:12]


def _by_whom(wanted: WantedEdit | None) -> str:
    who = f"“{wanted.name}”" if wanted else "别人"
    return f"这段影片刚刚被{who}改过，您的改动没有保存；请看过新的片段再改。"
