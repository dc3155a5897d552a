"""Keep what the publicity team says and decides of a job: comments with a time code, and its state of review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipelines.domain.errors import WrongUse
from pipelines.domain.wording import REVIEWS
from pipelines.jobs.editor import job_at
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from storage.records import Comment, Review

_LONGEST = 2000  # characters of a comment
_LAST = Fraction(24 * 3600)  # seconds; no film is longer


@dataclass(frozen=True, slots=True)
class Reviewing:
    """The verbs of review, bound to one work context. `owner`, `name`: the id and the name of the person."""

    context: WorkContext

    def comment(self, job_id: str, owner: str, name: str, text: str, at: Fraction | None = None) -> Comment:
        """Add a comment on a job, or on the moment `at` in seconds of its master. Raises UnknownJob, WrongUse."""
        said = text.strip()
        if not 0 < len(said) <= _LONGEST:
            raise WrongUse("no comment", code="comment-invalid", text=f"评论要写 1–{_LONGEST} 个字。")
        if at is not None and not 0 <= at <= _LAST:
            raise WrongUse(f"a comment at {at}", code="comment-invalid", text="评论的时间点不在影片之内。")
        job = job_at(self.context, job_id)
        moment = None if at is None else round(at * 1000)
        with translated():
            return self.context.ledger.reviews.comment(job.id, owner, name, moment, said)

    def comments(self, job_id: str) -> list[Comment]:
        """Return the comments on a job, those on the whole first, then by time code."""
        with translated():
            return self.context.ledger.reviews.comments(job_id)

    def withdraw(self, comment: str, job_id: str, owner: str) -> bool:
        """Remove a comment of one's own; return False where there is none."""
        with translated():
            return self.context.ledger.reviews.withdraw(comment, job_id, owner)

    def decide(self, job_id: str, state: str, owner: str, name: str) -> Review:
        """Set the state of review; custody tells by whom. Raises UnknownJob, WrongUse."""
        if state not in REVIEWS:
            raise WrongUse(f"no state {state!r}", text=f"选用状态只能是 {'、'.join(REVIEWS.values())}。")
        job, ledger = job_at(self.context, job_id), self.context.ledger
        if not job.original:
            raise WrongUse(f"job {job.id} has no bytes", text="文件还没有传到，不能选用。")
        with translated(), ledger.together():
            ledger.custody.record(job.original, "reviewed", job.id, state=state, by=owner)
            return ledger.reviews.decide(job.id, state, owner, name)

    def of(self, job_ids: Sequence[str]) -> Mapping[str, Review]:
        """Return the reviews of these jobs by job id, without the jobs that are open."""
        with translated():
            return self.context.ledger.reviews.of(job_ids)
