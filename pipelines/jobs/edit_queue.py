"""Take edits from pages, for workers of the urgent lane to make: the old clips stay until the new ones are there.

An edit is made under the lease of its job. A worker that is killed leaves the edit in the queue; another one that finds
the lease free makes it.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from pipelines.domain.errors import Busy, EditedMeanwhile, FootageError, Transient, WrongUse
from pipelines.domain.model import VideoPlan
from pipelines.domain.planning.edit_requests import EDIT_REQUEST, EditRequest, checked, held_in_memory, on_frames
from pipelines.domain.reporting import Report
from pipelines.jobs.editor import Editor, job_at
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
            decided = self.context.ledger.edits.of([job_id]).get(job_id)
            wanted = self.context.ledger.wanted_edits.of(job_id)
        newest = wanted.request if wanted else decided.decision if decided else {}
        return hashlib.sha256(repr(sorted(newest.items())).encode()).hexdigest()[:12]

    def ask(self, job_id: str, request: EditRequest, owner: str, name: str, seen: str) -> WantedEdit:
        """Enter an edit request. Raises EditedMeanwhile unless `seen` is its version; WrongUse, UnknownJob."""
        request = checked(request)
        self._check(job_id, request)
        ledger = self.context.ledger
        with translated(), ledger.together():
            wanted = ledger.wanted_edits.of(job_id)
            if self.version(job_id) != seen:
                raise EditedMeanwhile(f"job {job_id}: {seen} is not the newest", text=_by_whom(wanted))
            asked = ledger.wanted_edits.ask(job_id, EDIT_REQUEST.dump_python(request, mode="json"), owner, name)
        self.waker.wake(LANE)
        return asked

    def _check(self, job_id: str, request: EditRequest) -> None:
        """Raise WrongUse where the request can't be carried out, before anybody waits for it."""
        plan = Editor(self.context).manifest(job_id).plan
        if not isinstance(plan, VideoPlan):
            raise WrongUse("nothing is cut from a photo", code="not-a-film", text="照片没有片段和渠道版本。")
        for stretches in (request.cuts, request.reel):
            cuts = on_frames(stretches, plan.encoding.frame_rate, plan.duration, request.editor)
            held_in_memory(cuts, cuts)
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
        editor, edits = Editor(self.context), self.context.ledger.wanted_edits
        try:
            request = EDIT_REQUEST.validate_python(wanted.request)
            if request.is_empty:
                editor.reset(wanted.job)
            else:
                editor.edit(wanted.job, request, _Told(self.context, wanted, report).tell)
        except Busy:
            edits.postpone(wanted, _BUSY_SECONDS, counted=False)
            return None
        except Exception as error:  # noqa: BLE001 - a person waits for it: any failure is told, none is lost
            self._failed(wanted, as_ours(error))
        else:
            edits.done(wanted)
        return job_at(self.context, wanted.job)

    def _failed(self, wanted: WantedEdit, error: FootageError) -> None:
        log.warning("edit not made", extra={"job": wanted.job, "code": error.code, "detail": error.detail})
        edits = self.context.ledger.wanted_edits
        if isinstance(error, Transient) and wanted.tries + 1 < _MOST_TRIES:
            edits.postpone(wanted, _RETRY_SECONDS, counted=True)
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


def _by_whom(wanted: WantedEdit | None) -> str:
    who = f"“{wanted.name}”" if wanted else "别人"
    return f"这段影片刚刚被{who}改过，您的改动没有保存；请看过新的片段再改。"
