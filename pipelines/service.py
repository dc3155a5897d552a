"""Offer the verbs that every shell calls: submit, take, preview, status, cancel, retry, reprocess.

This module depends on neither a message queue nor a terminal.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from pipelines.domain.campaign import Campaign
from pipelines.domain.deadlines import NEEDS as NEEDS
from pipelines.domain.errors import Busy, Transient
from pipelines.domain.finding_names import finding_name as finding_name
from pipelines.domain.model import Said, Submission
from pipelines.domain.planning.edit_requests import (
    CaptionWord as CaptionWord,
    EditRequest as EditRequest,
    parse_listed as parse_listed,
    parse_stretch as parse_stretch,
)
from pipelines.domain.reporting import Report
from pipelines.domain.roles import ROLES as ROLES, SCOPES as SCOPES
from pipelines.domain.standings import (
    STANDINGS as STANDINGS,
    Standing as Standing,
    StandingState as StandingState,
)
from pipelines.domain.wording import (
    BATCHES as BATCHES,
    EVENTS as EVENTS,
    LANES as LANES,
    OUTPUTS as OUTPUTS,
    REVIEWS as REVIEWS,
    STATES as STATES,
    plain as plain,
    short as short,
    stamp as stamp,
)
from pipelines.jobs.batches import Batches, BatchPlan as BatchPlan
from pipelines.jobs.bundles import Bundle as Bundle
from pipelines.jobs.edit_queue import EditQueue
from pipelines.jobs.editor import Editor, job_at
from pipelines.jobs.evidence_selection import EvidenceQuery as EvidenceQuery
from pipelines.jobs.figure_tables import ChartKind as ChartKind
from pipelines.jobs.finding import JobFinder
from pipelines.jobs.handing_out import HandingOut
from pipelines.jobs.hazard_lists import KeptHazard as KeptHazard, SheetInvalid as SheetInvalid
from pipelines.jobs.intake import Intake
from pipelines.jobs.monitoring import Monitor as Monitor
from pipelines.jobs.naming import job_id_of, whole_id
from pipelines.jobs.office import Office
from pipelines.jobs.old_publications import OldPublication as OldPublication
from pipelines.jobs.outputs import export, outputs_of
from pipelines.jobs.packing import PRESETS as PRESETS, Packing
from pipelines.jobs.people import People
from pipelines.jobs.preview import Preview as Preview, preview
from pipelines.jobs.pruning import Replaced as Replaced
from pipelines.jobs.reading import Reading
from pipelines.jobs.reviewing import Reviewing
from pipelines.jobs.runner import JobRunner
from pipelines.jobs.staleness import Staleness as Staleness
from pipelines.jobs.steering import again, cancel
from pipelines.jobs.unit_reports import COUNTS as COUNTS, joint_reminder as joint_reminder, reminders as reminders
from pipelines.sandbox.limits import admit
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import reasons, translated
from pipelines.scheduling.lanes import Waker
from pipelines.scheduling.leases import presence
from storage.changes import JobChanges, Selection
from storage.keyring import Keyring
from storage.lease_names import worker_lease
from storage.records import FINAL, Asset, Event, Job

log = logging.getLogger("footage")


@dataclass(frozen=True, slots=True)
class Service:
    """The verbs of all shells, bound to one work context and one waker; everything else is an argument."""

    _context: WorkContext
    _waker: Waker

    @property
    def campaign(self) -> Campaign:
        """Return the rules of the campaign."""
        return self._context.campaign

    @property
    def keys(self) -> Keyring:
        """Return the access keys of the API and the pages."""
        return self._context.ledger.keys

    @property
    def people(self) -> People:
        """Return the verbs on accounts."""
        return People(self._context)

    @property
    def finder(self) -> JobFinder:
        """Return the queries on jobs, and the searches that people have saved."""
        return JobFinder(self._context)

    @property
    def reviewing(self) -> Reviewing:
        """Return the verbs of review."""
        return Reviewing(self._context)

    @property
    def reading(self) -> Reading:
        """Return the queries of an item's page."""
        return Reading(self._context)

    @property
    def edits(self) -> EditQueue:
        """Return the queue of edits that pages ask for."""
        return EditQueue(self._context, self._waker)

    @property
    def packing(self) -> Packing:
        """Return the verbs of packages to download."""
        return Packing(self._context)

    @property
    def handing_out(self) -> HandingOut:
        """Return the addresses of what the store holds."""
        return HandingOut(self._context)

    @property
    def office(self) -> Office:
        """Return the verbs of the county's office."""
        return Office(self._context)

    @property
    def editor(self) -> Editor:
        """Return the verbs of an editor."""
        return Editor(self._context)

    @property
    def monitor(self) -> Monitor:
        """Return the queries of health checks and of Prometheus."""
        return Monitor(self._context, self._waker)

    @property
    def batches(self) -> Batches:
        """Return the verbs of batches."""
        return Batches(self._context, self._waker)

    @property
    def intake(self) -> Intake:
        """Return the verbs of receiving."""
        return Intake(self._context, self._waker)

    # --- submit ---------------------------------------------------------------------------------------------

    def submission(self, name: str, programme: str = "", **said: Unpack[Said]) -> Submission:
        """Return a unit's submission of a file. Raises WrongUse.

        `programme`: the campaign's default programme where it is empty. `said`: the other fields of the submission.
        """
        return self.intake.submission(name, programme, **said)

    def announce(self, submission: Submission, submitter: str = "", *, lane: str = "", once: str = "") -> Job:
        """Create a job whose bytes have not arrived yet.

        `submitter`: the id of the access key or account that submits it. `lane`: where it is empty, the bytes decide
        later. `once`: a key of the submitter's; a second call with it returns the same job.
        """
        return self.intake.announce(submission, submitter, lane, once)

    def receive(self, job_id: str, path: Path, *, lane: str = "") -> Job:
        """Store the bytes of an announced submission under their hash, and queue its job. A second call is harmless.

        Raises UnknownJob; WrongUse where the job holds other bytes, is cancelled, or the file is still being written.
        """
        return self.intake.receive(job_id, path, lane)

    def collect(self, job_id: str, folder: Path, source: str = "") -> Job:
        """Receive a file that was put into the store as `incoming/{source}`, by default the job's id; see `receive`."""
        return self.intake.collect(job_id, folder, source or job_id)

    def admit(self, folder: Path, size: int) -> None:
        """Raise NoSpace where `size` more bytes in `folder` would leave less than the reserve of free disk."""
        admit(folder, size, self._context.reserve)

    def keep_waiting(self, job_id: str) -> None:
        """Note that an announced submission's bytes are still coming, so that it is not taken for abandoned."""
        with translated():
            self._context.ledger.move(job_id, ["received"], state="received")

    def submit(self, path: Path, submission: Submission, *, lane: str = "") -> Job:
        """Announce and receive a file that is on this machine already."""
        return self.receive(self.announce(submission).id, path, lane=lane)

    # --- run ------------------------------------------------------------------------------------------------

    def run(self, job_id: str, report: Report = lambda *_: None) -> Job:
        """Run this job to its end. Raises Busy where another worker runs it, Transient where a retry may help.

        A job that is not queued is returned as it is, and so is one that was cancelled.
        """
        try:
            done = JobRunner(self._context).run(job_id_of(job_id), report)
        except Busy:
            if (job := self.status(job_id)).state not in FINAL:
                raise
            return job
        return done or self.status(job_id)

    def take(self, lanes: Sequence[str], report: Report = lambda *_: None) -> Job | None:
        """Make the next edit, or run the next job, of these lanes; None where none is due.

        Raises Transient where a retry may help.
        """
        return self.edits.take(lanes, report) or JobRunner(self._context).take(lanes, report)

    @contextmanager
    def present(self, lanes: Sequence[str]) -> Iterator[None]:
        """Show that a worker of these lanes is alive, by a lease, while the block runs."""
        name = worker_lease(self._context.holder)
        with presence(self._context.ledger.leases, name, ",".join(lanes)):
            yield

    def hand_back(self) -> list[Job]:
        """Queue all jobs that this process runs again and return them; its children end within a second."""
        back = JobRunner(self._context).hand_back()
        for job in back:
            self._waker.wake(job.lane)
        return back

    def wait(self, job_id: str) -> None:
        """Wait half a second for a result that another worker is making; the caller then runs the job again."""
        log.debug("waiting for another worker", extra={"job": job_id})
        time.sleep(0.5)

    def give_up(self, job_id: str, error: Transient) -> Job:
        """Fail a queued job after a transient failure, where no worker will take it up again."""
        changes: JobChanges = {"state": "failed", "code": error.code, "findings": reasons(error)}
        with translated():
            job = self._context.ledger.move(job_id, ["queued"], **changes)
        return job or self.status(job_id)

    def retry(self, job_id: str) -> Job:
        """Queue a failed, rejected, cancelled or held job again; any other job stays as it is."""
        return again(self._context, self._waker, job_id, ["failed", "rejected", "cancelled", "held"])

    def release(self, job_id: str) -> Job:
        """Queue a held job again, after an operator has looked at the file."""
        return again(self._context, self._waker, job_id, ["held"])

    def cancel(self, job_id: str) -> Job:
        """Cancel a job that has not ended: its worker stops within two seconds and publishes nothing.

        The job is returned as it is now: `cancelled`, or in the final state that it had reached before.
        """
        return cancel(self._context, job_id)

    def preview(self, path: Path, submission: Submission) -> Preview:
        """Return facts, findings, plan and ffmpeg arguments of a file, without rendering or recording anything."""
        return preview(self._context, path, submission)

    # --- read -----------------------------------------------------------------------------------------------

    def status(self, job_id: str) -> Job:
        """Return the job as it is now. Raises UnknownJob."""
        return job_at(self._context, job_id)

    def whole_id(self, begun: str) -> str:
        """Return the id of the only job that begins with `begun`. Raises UnknownJob, or WrongUse where several do."""
        return whole_id(self._context, begun)

    def find(self, **selection: Unpack[Selection]) -> list[Job]:
        """Return the jobs that match every given criterion, newest first unless it is said; Ledger.find explains."""
        return self.finder.jobs(**selection)

    def outputs(self, jobs: Sequence[Job]) -> dict[str, list[Asset]]:
        """Return published outputs by job id. An editor's replace the automatic ones; analysis data is left out."""
        return outputs_of(self._context, jobs)

    def custody(self, original: str) -> list[Event]:
        """Return the custody chain of one original, oldest event first."""
        with translated():
            return self._context.ledger.custody.chain(original)

    def close(self) -> None:
        """Close the ledger's connections; the next call opens new ones."""
        self._context.ledger.close()

    def export(self, job: Job, folder: Path) -> None:
        """Copy a job's publication, manifest included, into `folder`; each file is checked against its hash."""
        export(self._context, job, folder)
