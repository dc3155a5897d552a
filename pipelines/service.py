"""The verbs every shell calls: submit · take · preview · status · cancel · retry · reprocess. No queue, no terminal."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

from pipelines.children.limits import admit
from pipelines.children.progress import Report
from pipelines.errors import Busy, Transient, WrongUse
from pipelines.facts.probing import looks_like_picture
from pipelines.jobs.editor import Editor, job_at, job_id_of, overruled
from pipelines.jobs.previewing import Preview as Preview
from pipelines.jobs.previewing import preview
from pipelines.jobs.renewing import Renewal as Renewal
from pipelines.jobs.renewing import renewed
from pipelines.jobs.working import Bench
from pipelines.keys import original_key
from pipelines.model import Submission
from pipelines.planning.decisions import parse_listed as parse_listed
from pipelines.planning.decisions import parse_stretch as parse_stretch
from pipelines.scheduling.failures import reasons, translated
from pipelines.scheduling.leases import standing
from pipelines.scheduling.line import Queue
from pipelines.scheduling.measures import of_cancel
from pipelines.scheduling.place import Place
from pipelines.verify import sha256_of
from pipelines.wording import SCOPES as SCOPES
from pipelines.wording import STATES as STATES
from pipelines.wording import plain as plain
from pipelines.wording import stamp as stamp
from storage.changes import JobChanges, JobFields, Selection
from storage.records import FINAL, Asset, Event, Job

log = logging.getLogger("footage")

_LONGEST_NAME = 120  # of a lease
_LONGEST_PAIR = 200
_FRESH: JobChanges = {"state": "queued", "attempts": 0, "deaths": 0, "percent": 0.0, "code": ""}


@dataclass(frozen=True, slots=True)
class Service:
    """Bound to one place and one queue; everything else is an argument."""

    place: Place
    queue: Queue

    @property
    def editor(self) -> Editor:
        """The verbs of whoever overrules the machine."""
        return Editor(self.place)

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
        if bool(said.get("pair")) != (said.get("side") in {"before", "after"}):
            text = "--pair 和 --side（before 整改前 / after 整改后）要一起给出。"
            raise WrongUse("pair and side belong together", code="pair-incomplete", text=text)
        if len(said.get("pair", "")) > _LONGEST_PAIR:
            raise WrongUse("pair: too long", code="pair-too-long", text=f"对照编号最多 {_LONGEST_PAIR} 字。")
        return Submission(name, chosen, **said)

    def announce(self, submission: Submission, submitter: str = "", *, lane: str = "") -> Job:
        """A submission whose bytes are still to come. `submitter`: the id of the access key it came in with.

        `lane`: by what the bytes are, where none is named.
        """
        said: JobFields = {
            "unit": submission.unit,
            "activity": submission.activity,
            "place": submission.place,
            "date": submission.date.isoformat() if submission.date else "",
            "pair": submission.pair,
            "side": submission.side,
            "submitter": submitter,
            "lane": lane,
        }
        with translated():
            return self.place.ledger.create(name=submission.name, programme=submission.programme, **said)

    def receive(self, job_id: str, path: Path, *, lane: str = "") -> Job:
        """The bytes of an announced submission: kept under their hash, then queued. Twice is harmless."""
        stamp, sha256 = _stamp(path), sha256_of(path)
        if (announced := self.status(job_id)).original:
            return self._received_before(job_id, sha256)
        with translated():
            self._keep(path, sha256, stamp)
            job = self.place.ledger.receive(job_id, sha256, stamp[0], lane or announced.lane or lane_of(path))
        if job is None:
            return self._received_before(job_id, sha256)
        self.queue.send(job.lane, job.id)
        return job

    def _keep(self, path: Path, sha256: str, stamp: tuple[int, int]) -> None:
        """Under its hash; raises WrongUse where it is no longer the file of which that was taken."""
        key, kind = original_key(sha256), "application/octet-stream"
        written = self.place.store.put(key, path, media_type=kind, if_absent=True, sha256=sha256)
        if _stamp(path) != stamp:
            if written:
                self.place.store.delete(key)
            text = "文件还在写入或复制，请等它完成后再提交。"
            raise WrongUse("the file has changed while it was read", code="still-written", text=text)

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
        """Run this job to its end. Raises Busy where another worker has it, Transient where a retry may help.

        A job that is not queued is returned as it is. So is one that was cancelled.
        """
        try:
            done = Bench(self.place).run(job_id_of(job_id), report)
        except Busy:
            if (job := self.status(job_id)).state not in FINAL:
                raise
            return job
        return done or self.status(job_id)

    def take(self, lanes: Sequence[str], report: Report = lambda *_: None) -> Job | None:
        """Run the next job of these lanes; None where none is due. Raises Transient where a retry may help."""
        return Bench(self.place).take(lanes, report)

    @contextmanager
    def present(self, lanes: Sequence[str]) -> Iterator[None]:
        """Let it be seen that a worker of these lanes is alive, while the block runs."""
        name = f"worker:{self.place.holder}"[-_LONGEST_NAME:]
        with standing(self.place.ledger.leases, name, ",".join(lanes)):
            yield

    def hand_back(self) -> list[Job]:
        """What this process runs goes back into the line; its children end within a second."""
        back = Bench(self.place).hand_back()
        for job in back:
            self.queue.send(job.lane, job.id)
        return back

    def wait(self, job_id: str) -> None:
        """A little while, for what another worker is making; then run it again."""
        log.debug("waiting for another worker", extra={"job": job_id})
        time.sleep(0.5)

    def give_up(self, job_id: str, error: Transient) -> Job:
        """End a job whose failure might have passed, where nobody will come back to it."""
        changes: JobChanges = {"state": "failed", "code": error.code, "findings": reasons(error)}
        with translated():
            job = self.place.ledger.move(job_id, ["queued"], **changes)
        return job or self.status(job_id)

    def retry(self, job_id: str) -> Job:
        """Run a job again that failed, was refused, cancelled or held; one that has not ended stays as it is."""
        return self._again(job_id, ["failed", "rejected", "cancelled", "held"])

    def release(self, job_id: str) -> Job:
        """Let a job go on that is held: somebody has looked at the file."""
        return self._again(job_id, ["held"])

    def _again(self, job_id: str, states: Sequence[str]) -> Job:
        job = self.status(job_id)
        if not job.original:
            return job  # its bytes never came
        fresh: JobChanges = {**_FRESH, "findings": []}
        with translated():
            moved = self.place.ledger.move(job_id, states, **fresh)
            if moved is None:
                return self.status(job_id)
            self.place.ledger.custody.record(moved.original, "queued-again", moved.id, was=job.state)
        self.queue.send(moved.lane, moved.id)
        return moved

    def cancel(self, job_id: str) -> Job:
        """End a job that has not ended: its worker stops within two seconds and publishes nothing.

        Returned as it is now: `cancelled`, or the end it had reached before.
        """
        with translated():
            job = self.place.ledger.cancel(job_id_of(job_id), stage="", speed=0.0)
            if job:
                self.place.ledger.tallies.add(of_cancel(job))
            if job and job.original:
                self.place.ledger.custody.record(job.original, "cancelled", job.id)
        return job or self.status(job_id)

    def preview(self, path: Path, submission: Submission) -> Preview:
        """Facts, findings, plan and ffmpeg arguments of a file, without rendering or recording anything."""
        return preview(self.place, path, submission)

    # --- out ------------------------------------------------------------------------------------------------

    def status(self, job_id: str) -> Job:
        """The job as it is now. Raises UnknownJob."""
        return job_at(self.place, job_id)

    def find(self, **selection: Unpack[Selection]) -> list[Job]:
        """Jobs by `states`, `programme`, `unit`, `submitter`, `since`, `until`, `pair`, `limit`; newest first."""
        with translated():
            return self.place.ledger.find(**selection)

    def counts(self) -> list[tuple[str, str, int, float]]:
        """State, lane, how many jobs, and for how many seconds the first of them has been in it."""
        with translated():
            return self.place.ledger.line.counts()

    def workers(self) -> list[list[str]]:
        """The lanes of each worker that is alive."""
        with translated():
            return [lanes.split(",") for _, lanes in self.place.ledger.leases.holders("worker:")]

    def outputs(self, jobs: Sequence[Job]) -> dict[str, list[Asset]]:
        """Published outputs by job, an editor's in place of the machine's; no analysis, which is no footage."""
        with translated():
            decided = self.place.ledger.decisions.of([job.id for job in jobs if job.manifest])
            manifests = [job.manifest for job in jobs if job.manifest] + [
                it.manifest for it in decided.values() if it.manifest
            ]
            rows = self.place.ledger.assets(manifests)
        published: dict[str, list[Asset]] = {}
        for row in rows:
            if row.role != "analysis":
                published.setdefault(row.manifest, []).append(row)
        return {job.id: overruled(published, job, decided.get(job.id)) for job in jobs}

    def custody(self, original: str) -> list[Event]:
        """Everything that was done with one original, oldest first."""
        with translated():
            return self.place.ledger.custody.chain(original)

    def link(self, asset: Asset, *, seconds: int, filename: str) -> str:
        """An address to read one output."""
        with translated():
            return self.place.store.url(asset.key, seconds=seconds, filename=filename)

    def export(self, job: Job, folder: Path) -> None:
        """Copy a job's publication, manifest included, into `folder`; each file is checked against its hash."""
        with translated():
            decided = self.place.ledger.decisions.of([job.id]).get(job.id)
            analysis = [it for it in self.place.ledger.assets([job.manifest]) if it.role == "analysis"]
            for asset in (*self.outputs([job])[job.id], *analysis):
                self.place.store.get(asset.key, folder / asset.name)
            self.place.store.get(job.manifest, folder / "manifest.json")
            if decided and decided.manifest:
                self.place.store.get(decided.manifest, folder / "edition.json")

    # --- again ----------------------------------------------------------------------------------------------

    def renewals(self, *, stale: bool, **selection: Unpack[Selection]) -> list[Renewal]:
        """Finished jobs of a selection; with `stale` only those whose recipe would be another today."""
        selected = [job for job in self.find(**selection) if job.state in FINAL]
        found = renewed(self.place, selected)
        return [renewal for renewal in found if renewal.is_stale or not stale]

    def reprocess(self, renewals: Sequence[Renewal]) -> list[Job]:
        """Queue these jobs again in the bulk lane; one that is being run meanwhile is left alone."""
        queued, fresh = [], JobChanges(**_FRESH, lane="bulk")
        for renewal in renewals:
            with translated():
                job = self.place.ledger.move(renewal.job.id, sorted(FINAL), **fresh)
            if job:
                self.queue.send(job.lane, job.id)
                queued.append(job)
        return queued


def lane_of(path: Path) -> str:
    """`photo` or `video`, by the first bytes."""
    with path.open("rb") as file:
        return "photo" if looks_like_picture(file.read(64)) else "video"


def _stamp(path: Path) -> tuple[int, int]:
    """Size, and when it was written last, in nanoseconds."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns
