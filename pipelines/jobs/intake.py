"""Take in submissions: announce them, receive their bytes, store these under their hash, and queue the job."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from pipelines.domain.errors import WrongUse
from pipelines.domain.keys import incoming_key, original_key
from pipelines.domain.model import Said, Submission
from pipelines.domain.signatures import looks_like_picture
from pipelines.jobs.editor import job_at
from pipelines.jobs.part_uploads import PartUpload, join_parts, offer_parts
from pipelines.sandbox.limits import admit
from pipelines.scheduling.context import WorkContext, submission_of
from pipelines.scheduling.failures import translated
from pipelines.scheduling.lanes import Waker
from storage.base import NotFound
from storage.digests import sha256_of
from storage.records import Job

_LONGEST_PAIR = 200  # characters
_HEAD = 64  # bytes; enough for every signature


@dataclass(frozen=True, slots=True)
class Intake:
    """The first steps of a job, up to `queued`."""

    context: WorkContext
    waker: Waker

    def submission(self, name: str, programme: str, **said: Unpack[Said]) -> Submission:
        """Return a unit's submission of a file, with the unit's name for an alias. Raises WrongUse."""
        campaign = self.context.campaign
        chosen = programme or campaign.campaign.default_programme
        if chosen not in campaign.programmes:
            text = f"没有栏目“{chosen}”，可用：{'、'.join(campaign.programmes)}。"
            raise WrongUse(f"unknown programme {chosen!r}", code="unknown-programme", text=text)
        if bool(said.get("pair")) != (said.get("side") in {"before", "after"}):
            text = "--pair 和 --side（before 整改前 / after 整改后）要一起给出。"
            raise WrongUse("pair and side belong together", code="pair-incomplete", text=text)
        if len(said.get("pair", "")) > _LONGEST_PAIR:
            raise WrongUse("pair: too long", code="pair-too-long", text=f"对照编号最多 {_LONGEST_PAIR} 字。")
        if "unit" in said:
            said["unit"] = campaign.unit_named(said["unit"])
        return Submission(name, chosen, **said)

    def announce(self, submission: Submission, submitter: str, lane: str, once: str = "") -> Job:
        """Create a job whose bytes have not arrived yet.

        `once`: a key by which the submitter may repeat the call; the same job is returned, and waits for its bytes
        again if it was given up before they came. Raises WrongUse where the key was used for another file.
        """
        job_id = hashlib.sha256(f"{submitter} {once}".encode()).hexdigest()[:32] if once else ""
        with translated():
            job = self.context.ledger.create(
                name=submission.name,
                programme=submission.programme,
                job_id=job_id,
                unit=submission.unit,
                activity=submission.activity,
                place=submission.place,
                date=submission.date.isoformat() if submission.date else "",
                pair=submission.pair,
                side=submission.side,
                submitter=submitter,
                lane=lane,
            )
        if once and submission_of(job) != submission:
            text = "这个 Idempotency-Key 已用于另一个文件，请换一个。"
            raise WrongUse(f"job {job.id} is another file's", code="key-reused", text=text)
        return self._awaited(job) if once else job

    def _awaited(self, job: Job) -> Job:
        """Return an announced job as one that waits for its bytes, where it was given up before they came."""
        if job.state != "cancelled" or job.original:
            return job
        with translated():
            revived = self.context.ledger.move(job.id, ["cancelled"], state="received", code="")
        return revived or job_at(self.context, job.id)

    def receive(self, job_id: str, path: Path, lane: str) -> Job:
        """Store the bytes of an announced submission under their hash, and queue its job. A second call is harmless."""
        stamp, sha256 = _stamp(path), sha256_of(path)
        if (announced := job_at(self.context, job_id)).original:
            return self._received_before(job_id, sha256)
        with translated():
            self._keep(path, sha256, stamp)
            job = self.context.ledger.receive(job_id, sha256, stamp[0], lane or announced.lane or lane_of(path))
        if job is None:
            return self._received_before(job_id, sha256)
        self.waker.wake(job.lane)
        return job

    def collect(self, job_id: str, folder: Path, source: str, size: int = 0) -> Job:
        """Receive the object `incoming/{source}` of the store as the file of a job, and remove it there.

        `folder`: for the file on its way; `size`: its bytes, where they are known. Raises UnknownJob; WrongUse where
        there is no such object, or as `receive`.
        """
        if (job := job_at(self.context, job_id)).original:
            return job
        admit(folder, size, self.context.reserve)
        path, key = folder / secrets.token_hex(16), incoming_key(source)
        try:
            if not self._fetched(key, path):
                return self._received_meanwhile(job_id, key)
            done = self.receive(job_id, path, "")
        finally:
            path.unlink(missing_ok=True)
        with translated():
            self.context.store.delete(key)
        return done

    def offer_parts(self, job_id: str, size: int, upload: str = "") -> PartUpload:
        """Return signed addresses for the parts of a job's file; with `upload`, for those of it that are missing."""
        if job_at(self.context, job_id).original:
            raise WrongUse(f"job {job_id} has its file", code="already-received", text="这个文件已经收到，不用再传。")
        with translated():
            waits = self.context.ledger.move(job_id, ["received"], state="received")  # it is not taken for abandoned
        if waits is None:
            raise _cancelled(job_id)
        return offer_parts(self.context.store, job_id, size, upload)

    def join_parts(self, job_id: str, size: int, upload: str, folder: Path) -> Job:
        """Receive a job's file once all its parts are in the store; repeating it is harmless. Raises as `collect`."""
        if (job := job_at(self.context, job_id)).original:
            return job
        if job.state != "received":
            raise _cancelled(job_id)
        admit(folder, size, self.context.reserve)
        join_parts(self.context.store, job_id, size, upload)
        return self.collect(job_id, folder, job_id, size)

    def _fetched(self, key: str, path: Path) -> bool:
        """Write an object to `path`; return False where there is none."""
        with translated():
            try:
                self.context.store.get(key, path)
            except NotFound:
                return False
        return True

    def _received_meanwhile(self, job_id: str, key: str) -> Job:
        """Return a job whose object another call has collected. Raises WrongUse where none has."""
        if not (job := job_at(self.context, job_id)).original:
            raise WrongUse(f"no object {key}", code="nothing-there", text=f"存储中没有 {key}，请先放入文件。")
        return job

    def _keep(self, path: Path, sha256: str, stamp: tuple[int, int]) -> None:
        """Store the file under its hash. Raises WrongUse where the file has changed since it was hashed."""
        key, kind = original_key(sha256), "application/octet-stream"
        written = self.context.store.put(key, path, media_type=kind, if_absent=True, sha256=sha256)
        if _stamp(path) != stamp:
            if written:
                self.context.store.delete(key)
            text = "文件还在写入或复制，请等录制或复制完成后再提交。"
            raise WrongUse("the file has changed while it was read", code="still-written", text=text)

    def _received_before(self, job_id: str, sha256: str) -> Job:
        job = job_at(self.context, job_id)
        if job.state == "cancelled":
            raise _cancelled(job_id)
        if job.original != sha256:
            text = "这个任务已经收到另一个文件，请新建任务再上传。"
            raise WrongUse(f"job {job_id} holds other bytes", code="upload-differs", text=text)
        return job


def _cancelled(job_id: str) -> WrongUse:
    return WrongUse(f"job {job_id} is cancelled", code="cancelled", text="这个任务已取消，请新建任务再上传。")


def lane_of(path: Path) -> str:
    """Return `photo` or `video`, judged by the file's first bytes."""
    with path.open("rb") as file:
        return "photo" if looks_like_picture(file.read(_HEAD)) else "video"


def _stamp(path: Path) -> tuple[int, int]:
    """Return the size in bytes and the time of the last write in nanoseconds."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns
