"""Find photos that look the same, from any submitter, and files that were sent before, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.domain.model import Finding, Manifest
from pipelines.domain.photo_quality import SAME, burst_finding, is_telling
from pipelines.domain.wording import short
from pipelines.scheduling.failures import noted
from storage.ledger import Ledger
from storage.prints import apart
from storage.records import Job, Print


def near_duplicates(ledger: Ledger, manifest: Manifest, job_id: str) -> list[Finding]:
    """Record a photo's perceptual hash, and return a finding where other photos look the same.

    The finding is the job's and not the publication's: other submissions are no property of a photo. The jobs of
    earlier photos get it too, because this photo may be the sharpest. The caller makes one transaction of this.
    """
    quality = manifest.quality
    if quality is None or not is_telling(quality):
        return []
    made = Print(manifest.original.sha256, quality.print, quality.sharpness, job_id)
    ledger.prints.add(made)
    near = ledger.prints.near(made, SAME)
    if not near:
        return []
    _stack(ledger, [made, *near])
    # A photo within SAME of one of these is within 2 * SAME of this one (triangle inequality).
    around = [*ledger.prints.near(made, 2 * SAME), made]
    ledger.note({one.job: finding for one in near for finding in noted([_told(one, around)])})
    return [_told(made, around)]


def _stack(ledger: Ledger, alike: Sequence[Print]) -> None:
    """Stack those of these photos that one unit has sent: a unit sees its own alone, so others hide none of them."""
    sharpness = {one.job: one.sharpness for one in alike}
    jobs = ledger.jobs([*sharpness])
    same = [job.id for job in jobs if job.unit == jobs[0].unit]
    if len(same) > 1:
        ledger.bursts.join({job: sharpness[job] for job in same})


def sent_before(ledger: Ledger, job: Job) -> list[Finding]:
    """Return a finding where the very same bytes were published for an earlier job, naming the first of those.

    Only jobs of the same submitter: nobody learns what others have sent.
    """
    published = [it for it in ledger.of_original(job.original) if it.state == "published"]
    first = next((it for it in published if it.created < job.created and it.submitter == job.submitter), None)
    return [Finding("sent-before", "info", actual=short(first.id))] if first else []


def _told(one: Print, around: Sequence[Print]) -> Finding:
    return burst_finding(one.job, {other.job: other.sharpness for other in around if apart(one, other) <= SAME})
