"""Make packages of evidence: what is compliant of a unit, a period or a search, with lists, checksums and reasons.

A package is made from a query, not stored: the same query on the same content gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipelines.domain.campaign import Campaign
from pipelines.domain.due_dates import due_dates
from pipelines.domain.errors import WrongUse
from pipelines.domain.evidence import Candidate, EvidenceList, MainOutput, evidence_list, spoken
from pipelines.domain.evidence_periods import Period, period_of
from pipelines.domain.model import MAIN
from pipelines.jobs.bundles import Bundle, Content, bundled, content_of
from pipelines.jobs.evidence_selection import EvidenceQuery, jobs_of, named
from pipelines.jobs.outputs import outputs_of
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from storage.records import Asset, Job

_MOST = 2000  # items
_FOLDER = "佐证材料"
_BAG = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_LIST, _SHEET, _SUMMARY = "data/佐证材料清单.xlsx", "data/缩略图.pdf", "data/情况说明.docx"


@dataclass(frozen=True, slots=True)
class FoundEvidence:
    """The list of a package, and what it is made from: the main output and a small picture of each job."""

    listed: EvidenceList
    jobs: Mapping[str, Job]
    mains: Mapping[str, Asset]
    pictures: Mapping[str, Asset]


@dataclass(frozen=True, slots=True)
class EvidencePackages:
    """The verbs of packages of evidence, bound to one work context."""

    context: WorkContext

    def periods(self) -> list[Period]:
        """Return the periods of the reports that ask for media, the earliest first."""
        asked = [due for due in due_dates(self.context.campaign) if "media" in due.needs]
        return [Period(due.opens, due.planned, due) for due in asked]

    def find(self, query: EvidenceQuery) -> FoundEvidence:
        """Return what a package of this query holds and leaves out. Raises WrongUse for an unknown unit or period."""
        campaign = self.context.campaign
        query, period = named(query, campaign), period_of(query.period, campaign)
        jobs = jobs_of(self.context, query, period)
        outputs = outputs_of(self.context, jobs)
        with translated():
            reviews = self.context.ledger.reviews.of([job.id for job in jobs])
        unwanted = {job for job, review in reviews.items() if review.state == "refused"}
        mains = {job.id: asset for job in jobs for asset in outputs[job.id] if asset.role in MAIN}
        candidates = [self._candidate(job, mains.get(job.id), unwanted=job.id in unwanted) for job in jobs]
        names = _names(query, period, campaign)
        listed = evidence_list(campaign, candidates, **names)
        pictures = {job.id: small for job in jobs if (small := _smallest(outputs[job.id]))}
        return FoundEvidence(listed, {job.id: job for job in jobs}, mains, pictures)

    def bundle(self, query: EvidenceQuery) -> Bundle:
        """Return the package. Raises WrongUse where nothing compliant is found."""
        found = self.find(query)
        listed = found.listed
        if not listed.items:
            text = "没有可以收入的材料：按这些条件没有找到已发布、合规的视频或照片。"
            raise WrongUse("an empty package", code="nothing-published", text=text)
        from pipelines.tools.documents.evidence_sheets import (  # a fifth of a second, and only here
            contact_sheet_as_pdf,
            list_as_xlsx,
            summary_as_docx,
        )

        small = {
            one.item.job: content_of(self.context, found.pictures[one.item.job])
            for one in listed.items
            if one.item.job in found.pictures
        }
        documents: list[tuple[str, Content]] = [
            (_LIST, list_as_xlsx(listed, small)),
            (_SHEET, contact_sheet_as_pdf(listed, small)),
            (_SUMMARY, summary_as_docx(listed)),
        ]
        media: list[tuple[str, Content]] = [(f"data/{one.path}", found.mains[one.item.job]) for one in listed.items]
        payload = [*documents, *media]
        tags = _tags(listed, payload)
        files = [(f"{listed.name}/{path}", content) for path, content in [*tags, *payload]]
        return bundled(self.context, f"{listed.name}.zip", files)

    def note_download(self, query: EvidenceQuery, by: str) -> None:
        """Record in custody, for each original in the package, who takes it away."""
        found = self.find(query)
        jobs = [found.jobs[one.item.job] for one in found.listed.items]
        with translated(), self.context.ledger.together():
            # In one order: two packages at a time must not wait for each other.
            for job in sorted(jobs, key=lambda job: (job.original, job.id)):
                self.context.ledger.custody.record(job.original, "downloaded", job.id, by=by, preset="evidence")

    def _candidate(self, job: Job, main: Asset | None, *, unwanted: bool) -> Candidate:
        campaign = self.context.campaign
        return Candidate(
            job=job.id,
            title=job.name,
            unit=job.unit,
            activity=campaign.activity_named(job.activity),
            programme=campaign.programme_named(job.programme),
            place=job.place,
            day=job.date,
            state=job.state,
            reason="；".join(found.text for found in job.findings if found.severity == "reject"),
            notes=tuple(found.text for found in job.findings if found.severity == "warning"),
            unwanted=unwanted,
            output=_main(main) if main else None,
        )


def _main(asset: Asset) -> MainOutput:
    seconds = None if asset.duration is None else Fraction(asset.duration).limit_denominator(1000)
    return MainOutput(
        "film" if asset.role == "master" else "photo",
        asset.name.rpartition(".")[2],
        asset.sha256,
        asset.size,
        asset.width or 0,
        asset.height or 0,
        seconds,
    )


def _smallest(outputs: Sequence[Asset]) -> Asset | None:
    small = [asset for asset in outputs if asset.role == "thumbnail"]
    return min(small, key=lambda asset: asset.width or 0, default=None)


def _names(query: EvidenceQuery, period: Period, campaign: Campaign) -> dict[str, str]:
    """Return the folder's name, and what stands over the documents."""
    day = period.due.due.isoformat() if period.due else spoken(period.first, period.last).replace(" ", "")
    programme, activity = campaign.programme_named(query.programme), campaign.activity_named(query.activity)
    parts = (query.unit, programme, activity, query.words)
    name = "-".join((_FOLDER, *(part for part in parts if part), day))
    title = f"{campaign.campaign.name}佐证材料"
    report = [f"{period.due.name}（{period.due.due} 报）"] if period.due else []
    chosen = [part for part in (programme, activity, query.words) if part]
    subtitle = " · ".join([query.unit or "全部单位", *chosen, spoken(period.first, period.last), *report])
    return {"name": name, "title": title, "subtitle": subtitle}


def _tags(listed: EvidenceList, payload: Sequence[tuple[str, Content]]) -> list[tuple[str, Content]]:
    """Return the tag files of the bag (RFC 8493): checksums of the payload, and of the other tag files."""
    size = sum(len(content) if isinstance(content, bytes) else content.size for _, content in payload)
    info = f"External-Description: {listed.title}\nPayload-Oxum: {size}.{len(payload)}\n"
    checksums = "".join(f"{_digest(content)}  {path}\n" for path, content in payload)
    tags = {"bagit.txt": _BAG, "bag-info.txt": info, "manifest-sha256.txt": checksums}
    own = "".join(f"{_digest(text.encode())}  {name}\n" for name, text in tags.items())
    return [(name, text.encode()) for name, text in {**tags, "tagmanifest-sha256.txt": own}.items()]


def _digest(content: Content) -> str:
    return hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else content.sha256
