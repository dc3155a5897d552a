"""Offer the verbs of an editor: read the cuts, make other cuts and channels' films, pair jobs, draw captions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Unpack

from pipelines.domain.errors import UnknownJob, WrongUse
from pipelines.domain.model import Cut, Manifest, Span, Submission, VideoPlan
from pipelines.domain.planning.derivation import DerivedPublication, caption_words
from pipelines.domain.planning.edit_requests import EDIT_REQUEST, EditChanges, EditRequest, Partner, checked
from pipelines.domain.reporting import Report
from pipelines.jobs.caption_proofs import Proof, proof, proofs
from pipelines.jobs.naming import job_id_of
from pipelines.jobs.pruning import Replaced, prune, replaced
from pipelines.jobs.run import JobRun
from pipelines.scheduling.context import WorkContext, submission_of
from pipelines.scheduling.failures import translated
from pipelines.scheduling.leases import leased
from pipelines.stages.publish import read_derived, read_manifest
from storage.lease_names import job_lease
from storage.records import Asset, EditRecord, Job

Form = Literal["otio", "edl"]


@dataclass(frozen=True, slots=True)
class Editor:
    """The verbs of an editor, bound to one work context.

    An edit request is kept, and carried out again where its film is made anew.
    """

    context: WorkContext

    def edit(self, job_id: str, decision: EditRequest, report: Report = lambda *_: None) -> Job:
        """Carry out an edit request on a job's publication, in this process; the publication itself stays as it was.

        Raises WrongUse, Busy, GateFailed.
        """
        decision, base = checked(decision), self.manifest(job_id)
        if decision.is_empty:
            raise WrongUse("nothing is decided", text="没有选定片段、集锦或渠道。")
        with self._run(job_id, report) as run:
            run.edit(base, decision)
        return job_at(self.context, job_id)

    def reset(self, job_id: str) -> Job:
        """Withdraw the edit request of a job in any state."""
        with self._run(job_id, lambda *_: None) as run:
            run.withdraw(self._manifest(run.job) if run.job.state == "published" else None)
        return job_at(self.context, job_id)

    @contextmanager
    def _run(self, job_id: str, report: Report) -> Iterator[JobRun]:
        lease = job_lease(job_id_of(job_id))
        with translated(), leased(self.context.ledger.leases, lease, self.context.holder) as ours:
            yield JobRun(
                self.context, job_at(self.context, job_id), ours, report
            )  # read under the lease, so that no other worker changes it

    def revised(self, job_id: str, **given: Unpack[EditChanges]) -> EditRequest:
        """Return the kept edit request with what is given now in its place (:meth:`EditRequest.with_`).

        Channels that the campaign no longer has are left out.
        """
        before, known = self.decision(job_id), self.context.campaign.channels
        return replace(before, channels=tuple(name for name in before.channels if name in known)).with_(given)

    def pair(self, before: str, after: str, report: Report = lambda *_: None) -> Job:
        """Make the before/after pair of two jobs; the second job has it. Raises WrongUse, Busy, GateFailed."""
        if job_id_of(before) == job_id_of(after):
            raise WrongUse("a job paired with itself", code="pair-of-one", text="整改前和整改后要是两个不同的任务。")
        self.manifest(before)
        return self.edit(after, replace(self.decision(after), partner=Partner(before, "before")), report)

    def decision(self, job_id: str) -> EditRequest:
        """Return the edit request of a job; an empty one where there is none."""
        decided = self._decided(job_id)
        return EDIT_REQUEST.validate_python(decided.decision) if decided else EditRequest()

    def edition(self, job_id: str) -> DerivedPublication | None:
        """Return the derived publication of a job's edit request; None where there is none."""
        decided = self._decided(job_id)
        with tempfile.TemporaryDirectory(prefix="footage-") as folder, translated():
            return (
                read_derived(self.context.store, decided.manifest, Path(folder))
                if decided and decided.manifest
                else None
            )

    def manifest(self, job_id: str) -> Manifest:
        """Return the manifest of a job's publication. Raises UnknownJob; WrongUse where there is none."""
        job = job_at(self.context, job_id)
        if job.state != "published":
            raise WrongUse(f"job {job.id} is {job.state}", text="这个任务没有成品。")
        found = self._manifest(job)
        if found is None:
            raise WrongUse(f"no manifest {job.manifest}", text="成品已不在存储中。")
        return found

    def _manifest(self, job: Job) -> Manifest | None:
        with tempfile.TemporaryDirectory(prefix="footage-") as folder, translated():
            return read_manifest(self.context.store, job.manifest, Path(folder))

    def cuts(self, job_id: str, *, reel: bool) -> tuple[Cut, ...]:
        """Return the cuts of a job's clips, or of its reel: an editor's if there are any, else the automatic ones."""
        manifest, edition = self.manifest(job_id), self.edition(job_id)
        decided = (edition.plan.reel if reel else edition.plan.cuts) if edition else ()
        return decided or (manifest.reel if reel else manifest.cuts)

    def timeline(self, job_id: str, *, reel: bool, form: Form) -> str:
        """Return a job's cuts, or its reel's pieces, as an editing program reads them. Raises UnknownJob, WrongUse."""
        from pipelines.tools.timelines import timeline  # imported only by the verbs that need it

        chosen = self.cuts(job_id, reel=reel)
        if not chosen:
            raise WrongUse(f"job {job_id}: nothing was cut", text="这个任务没有可导出的片段。")
        return timeline(self.manifest(job_id), chosen, form, joined=reel)

    def stretches(self, job_id: str, text: str, form: Form) -> tuple[Span, ...]:
        """Return the stretches of the master listed in an editing program's file. Raises WrongUse."""
        from pipelines.tools.timelines import stretches

        return stretches(text, form, self.film_plan(job_id).encoding.frame_rate)

    def film_plan(self, job_id: str) -> VideoPlan:
        """Return the plan of a published film. Raises UnknownJob; WrongUse where nothing is published, or a photo."""
        plan = self.manifest(job_id).plan
        if not isinstance(plan, VideoPlan):
            raise WrongUse("nothing is cut from a photo", code="not-a-film", text="照片没有片段和渠道版本。")
        return plan

    def replaced(self, before: float) -> Iterator[Replaced]:
        """Yield the derived publications that are replaced or withdrawn, of jobs unchanged since then (Unix time)."""
        return replaced(self.context, before)

    def prune(self, found: Replaced) -> bool:
        """Remove one of them from the store; return False where it stands again or is being worked on."""
        return prune(self.context, found)

    def proofs(
        self, submission: Submission, channels: Sequence[str], folder: Path, over: Path | None
    ) -> Iterator[Proof]:
        """Write a picture of each caption of these channels (all, if none is named) into `folder`; yield each one."""
        with translated():
            yield from proofs(self.context, caption_words(self.context.campaign, submission), channels, folder, over)

    def words(self, job: Job) -> dict[str, str]:
        """Return the words of a job's captions by name, where an editor writes no others."""
        return caption_words(self.context.campaign, submission_of(job))

    def caption(self, job: Job, channel: str, template: int, written: Mapping[str, str]) -> bytes | None:
        """Return a picture (PNG) of a caption over the job's poster; None where it has no words to show.

        `template` counts the channel's from 0. `written`: words in place of the submission's. Raises WrongUse.
        """
        words = self.words(job) | dict(written)
        with tempfile.TemporaryDirectory(prefix="footage-") as name, translated():
            folder, over = Path(name), None
            for asset in self.context.ledger.assets([job.manifest]):
                if asset.role == "poster":
                    over = folder / "over.jpg"
                    self.context.store.get(asset.key, over)
            return proof(self.context, words, channel, template, folder, over)

    def _decided(self, job_id: str) -> EditRecord | None:
        with translated():
            return self.context.ledger.edits.of([job_id_of(job_id)]).get(job_id)


def job_at(context: WorkContext, job_id: str) -> Job:
    """Return the job as it is now. Raises UnknownJob."""
    with translated():
        job = context.ledger.job(job_id_of(job_id))
    if job is None:
        raise UnknownJob(f"no job {job_id[:60]!r}")
    return job


def overruled(published: Mapping[str, list[Asset]], job: Job, decided: EditRecord | None) -> list[Asset]:
    """Return a job's outputs. An editor's clips or reel replace the automatic ones, which stay in the store."""
    own = published.get(job.manifest, [])
    theirs = published.get(decided.manifest, []) if decided and own else []
    if decided and not decided.decision.get("partner"):
        theirs = [asset for asset in theirs if asset.role not in {"pair", "wipe"}]  # it is shown with the other job
    roles = {asset.role for asset in theirs}
    return [asset for asset in own if asset.role not in roles] + theirs
