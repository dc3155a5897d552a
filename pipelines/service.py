"""The verbs every shell calls: submit · run · preview · status · reprocess · sweep. No queue, no terminal."""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pipelines import video
from pipelines.acceptance import accept
from pipelines.errors import Busy, FootageError, Transient, UnknownJob, WrongUse
from pipelines.failures import as_ours, noted, reasons, translated
from pipelines.keys import original_key, recipe_digest
from pipelines.leases import held
from pipelines.model import Facts, Plan, Refusal, Submission, VideoPlan
from pipelines.probe import probe
from pipelines.probing import looks_like_picture
from pipelines.process import Scratch, admit
from pipelines.progress import Report
from pipelines.publish import read_manifest
from pipelines.recipes import make_plan
from pipelines.running import Place, Run
from pipelines.verify import sha256_of
from pipelines.wording import SCOPES as SCOPES
from pipelines.wording import STATES as STATES
from pipelines.wording import plain as plain
from storage.ledger import LeaseLost, job_lease
from storage.records import FINAL, Asset, Event, Job

log = logging.getLogger("footage")

ATTEMPTS = 5  # how often a transient failure is tried before the job is failed
FORGOTTEN_SECONDS = 60.0  # a queued job untouched for so long has lost its message
_FAILED = "failed"
_JOB_ID = re.compile("[0-9a-f]{32}")
_TO_DO = frozenset({"queued", "running"})

Enqueue = Callable[[str, str], None]  # lane, job id


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of a file: nothing was rendered. `arguments` is ffmpeg's command line for a video."""

    findings: tuple[dict[str, str], ...]
    facts: Facts | None = None
    plan: Plan | None = None
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Renewal:
    """A job that reprocessing selects, and the recipe it would get ("" where only running it again can tell)."""

    job: Job
    recipe: str


@dataclass(frozen=True, slots=True)
class Service:
    """Bound to one place and one queue; everything else is an argument."""

    place: Place
    enqueue: Enqueue

    # --- in -------------------------------------------------------------------------------------------------

    def submission(self, name: str, programme: str = "", **said: Any) -> Submission:
        """What a unit says of a file, under the campaign's own programme where it names none. Raises WrongUse."""
        campaign = self.place.campaign
        chosen = programme or campaign.campaign.default_programme
        if chosen not in campaign.programmes:
            raise WrongUse(
                f"unknown programme {chosen!r}",
                code="unknown-programme",
                text=f"没有栏目“{chosen}”，可用：{'、'.join(campaign.programmes)}。",
            )
        return Submission(name, chosen, **said)

    def announce(self, submission: Submission, submitter: str = "") -> Job:
        """A submission whose bytes are still to come. `submitter`: the id of the access key it came in with."""
        fields = {**asdict(submission), "date": submission.date.isoformat() if submission.date else ""}
        with translated():
            return self.place.ledger.create(**fields, submitter=submitter)

    def receive(self, job_id: str, path: Path, *, lane: str = "") -> Job:
        """The bytes of an announced submission: kept under their hash, then queued. Twice is harmless."""
        size, sha256 = path.stat().st_size, sha256_of(path)
        if self.status(job_id).original:
            return self._received_before(job_id, sha256)
        with translated():
            self.place.store.put(original_key(sha256), path, media_type="application/octet-stream", if_absent=True)
            changes = {"state": "queued", "original": sha256, "size": size, "lane": lane or lane_of(path)}
            job = self.place.ledger.move(job_id, ["received"], **changes)
            if job is None:
                return self._received_before(job_id, sha256)
            self.place.ledger.record(sha256, "received", job_id, size=size)
        self.enqueue(job.lane, job.id)
        return job

    def admit(self, folder: Path, size: int) -> None:
        """Raises NoSpace where `size` more bytes in `folder` would leave less than the reserve."""
        admit(folder, size, self.place.reserve)

    def _received_before(self, job_id: str, sha256: str) -> Job:
        job = self.status(job_id)
        if job.state == "cancelled":
            raise WrongUse(f"job {job_id} is cancelled", code="cancelled", text="这个任务已取消，请新建任务再上传。")
        if job.original != sha256:
            text = "这个任务已经收到另一个文件，请新建任务再上传。"
            raise WrongUse(f"job {job_id} holds other bytes", code="upload-differs", text=text)
        return job

    def submit(self, path: Path, submission: Submission, *, lane: str = "") -> Job:
        """A file that is here already."""
        return self.receive(self.announce(submission).id, path, lane=lane)

    # --- work -----------------------------------------------------------------------------------------------

    def run(self, job_id: str, report: Report = lambda *_: None) -> Job:
        """Run a queued job to its end. Raises Busy where another worker has it, Transient where a retry may help.

        A job that is not queued is returned as it is: the message was a second one. So is one that was cancelled.
        """
        try:
            with translated():
                job = self.status(job_id)
                return self._leased(job_id, report) if job.state in _TO_DO else job
        except Busy:
            job = self.status(job_id)
            if job.state in FINAL:
                return job
            raise

    def _leased(self, job_id: str, report: Report) -> Job:
        with held(self.place.ledger, job_lease(job_id), self.place.holder) as lease:
            job = self.status(job_id)  # again: whoever had the lease before may have ended it
            if job.state not in _TO_DO:
                return job
            started = {"state": "running", "attempts": job.attempts + 1, "code": ""}
            job = self.place.ledger.advance(job_id, lease.token, **started)
            try:
                return Run(self.place, job, lease, report).execute()
            except LeaseLost:
                raise
            except Exception as error:  # noqa: BLE001 - every failure is recorded; none is a traceback to a person
                return self._failed(job, lease.token, as_ours(error))

    def _failed(self, job: Job, token: int, error: FootageError) -> Job:
        """A transient error goes back to the queue and is raised; a permanent one ends the job."""
        busy = isinstance(error, Busy)  # waiting for another worker is no attempt
        level = logging.DEBUG if busy else logging.WARNING
        log.log(level, "not done", extra={"job": job.id, "code": error.code, "detail": error.detail})
        again = busy or (isinstance(error, Transient) and job.attempts < ATTEMPTS)
        changes: dict[str, Any] = {"code": error.code, "stage": "", "speed": 0.0, "findings": reasons(error)}
        if busy:
            changes = {"attempts": job.attempts - 1, "stage": ""}
        changed = self.place.ledger.advance(job.id, token, state="queued" if again else _FAILED, **changes)
        if again:
            raise error
        self.place.ledger.record(job.original, _FAILED, job.id, code=error.code)
        return changed

    def wait(self, job_id: str) -> None:
        """A little while, for what another worker is making; then run it again."""
        log.debug("waiting for another worker", extra={"job": job_id})
        time.sleep(0.5)

    def give_up(self, job_id: str, error: Transient) -> Job:
        """End a job whose failure might have passed, where nobody will come back to it."""
        changes = {"state": _FAILED, "code": error.code, "findings": reasons(error)}
        with translated():
            job = self.place.ledger.move(job_id, ["queued"], **changes)
        return job or self.status(job_id)

    def cancel(self, job_id: str) -> Job:
        """End a job that has not ended: its worker stops within two seconds and publishes nothing.

        Returned as it is now: `cancelled`, or the end it had reached before.
        """
        with translated():
            job = self.place.ledger.cancel(job_id_of(job_id), stage="", speed=0.0)
            if job and job.original:
                self.place.ledger.record(job.original, "cancelled", job.id)
        return job or self.status(job_id)

    def preview(self, path: Path, submission: Submission) -> Preview:
        """Facts, findings, plan and ffmpeg arguments of a file, without rendering or recording anything."""
        with tempfile.TemporaryDirectory(prefix="footage-") as folder:
            facts = probe(path, Scratch(Path(folder), self.place.confined))
        if isinstance(facts, Refusal):
            return Preview(tuple(noted((facts.finding,))))
        findings = accept(facts, self.place.campaign, submission)
        plan = make_plan(facts, self.place.campaign, submission.programme, confined=self.place.confined)
        arguments = video.arguments(plan, 3, 4, 5, 6) if isinstance(plan, VideoPlan) else []
        return Preview(tuple(noted(findings)), facts, plan, tuple(arguments))

    # --- out ------------------------------------------------------------------------------------------------

    def status(self, job_id: str) -> Job:
        """The job as it is now. Raises UnknownJob."""
        with translated():
            job = self.place.ledger.job(job_id_of(job_id))
        if job is None:
            raise UnknownJob(f"no job {job_id[:60]!r}")
        return job

    def find(self, **selection: Any) -> list[Job]:
        """Jobs by `states`, `programme`, `unit`, `submitter`, `since`, `until`, `limit`; newest first."""
        with translated():
            return self.place.ledger.find(**selection)

    def outputs(self, jobs: Sequence[Job]) -> dict[str, list[Asset]]:
        """Published outputs by manifest key, without the analysis, which is no footage."""
        with translated():
            rows = self.place.ledger.assets([job.manifest for job in jobs if job.manifest])
        grouped: dict[str, list[Asset]] = {}
        for row in rows:
            if row.role != "analysis":
                grouped.setdefault(row.manifest, []).append(row)
        return grouped

    def custody(self, original: str) -> list[Event]:
        """Everything that was done with one original, oldest first."""
        with translated():
            return self.place.ledger.chain(original)

    def link(self, asset: Asset, *, seconds: int, filename: str) -> str:
        """An address to read one output."""
        with translated():
            return self.place.store.url(asset.key, seconds=seconds, filename=filename)

    def export(self, job: Job, folder: Path) -> None:
        """Copy a job's publication, manifest included, into `folder`; each file is checked against its hash."""
        with translated():
            for asset in self.place.ledger.assets([job.manifest]):
                self.place.store.get(asset.key, folder / asset.name)
            self.place.store.get(job.manifest, folder / "manifest.json")

    # --- again ----------------------------------------------------------------------------------------------

    def renewals(self, *, stale: bool, **selection: Any) -> list[Renewal]:
        """Finished jobs of a selection; with `stale` only those whose recipe would be another today."""
        selected = [job for job in self.find(**selection) if job.state in FINAL]
        renewed = [Renewal(job, self._recipe_today(job)) for job in selected]
        return [r for r in renewed if not stale or (r.recipe and r.recipe != r.job.recipe)]

    def _recipe_today(self, job: Job) -> str:
        if not job.manifest:
            return ""
        with tempfile.TemporaryDirectory(prefix="footage-") as folder, translated():
            manifest = read_manifest(self.place.store, job.manifest, Path(folder))
        if manifest is None:
            return ""
        made = partial(make_plan, manifest.facts, self.place.campaign, job.programme, confined=self.place.confined)
        if (software := recipe_digest(made(software=True))) == job.recipe:
            return software  # a graphics card would make it otherwise, not better
        return recipe_digest(made())

    def reprocess(self, renewals: Sequence[Renewal]) -> list[Job]:
        """Queue these jobs again in the bulk lane; one that is being run meanwhile is left alone."""
        queued = []
        for renewal in renewals:
            with translated():
                changes = {"state": "queued", "lane": "bulk", "attempts": 0, "percent": 0.0}
                job = self.place.ledger.move(renewal.job.id, sorted(FINAL), **changes)
            if job:
                self.enqueue(job.lane, job.id)
                queued.append(job)
        return queued

    def sweep(self) -> list[Job]:
        """Queue again what was forgotten: jobs whose worker died, jobs whose message was lost; clear their scratch."""
        self._clear_scratch()
        with translated():
            forgotten = self.place.ledger.forgotten(FORGOTTEN_SECONDS)
            back = [self.place.ledger.move(job.id, [job.state], state="queued") for job in forgotten]
        for job in filter(None, back):
            log.info("queued again", extra={"job": job.id})
            self.enqueue(job.lane, job.id)
        return [job for job in back if job]

    def _clear_scratch(self) -> None:
        """Remove this machine's folders of jobs that nobody runs any more: their worker was killed."""
        for folder in self.place.scratch.iterdir():
            job_id, _, token = folder.name.rpartition("-")
            ours = _JOB_ID.fullmatch(job_id) and token.isascii() and token.isdigit()
            if ours and not self._is_held(job_id, int(token)):
                shutil.rmtree(folder, ignore_errors=True)
                log.info("scratch cleared", extra={"job": job_id})

    def _is_held(self, job_id: str, token: int) -> bool:
        try:
            with translated():
                self.place.ledger.check(job_lease(job_id), token)
        except Busy:
            return False
        return True


def job_id_of(value: object) -> str:
    """What a message or an address says is a job, where it can be one. Raises UnknownJob."""
    if isinstance(value, str) and _JOB_ID.fullmatch(value):
        return value
    raise UnknownJob(f"not a job id: {str(value)[:60]!r}")


def lane_of(path: Path) -> str:
    """`photo` or `video`, by the first bytes."""
    with path.open("rb") as file:
        return "photo" if looks_like_picture(file.read(64)) else "video"
