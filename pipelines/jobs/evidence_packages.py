"""Make packages of evidence: what is compliant of a unit, a period or a search, with lists, checksums and reasons.

A package is made from a query, not stored: the same query on the same content gives the same bytes.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from pydantic import TypeAdapter

from pipelines.domain.campaign import Campaign
from pipelines.domain.due_dates import due_dates
from pipelines.domain.errors import WrongUse
from pipelines.domain.evidence import Candidate, EvidenceList, FiledReport, MainOutput, evidence_list, spoken
from pipelines.domain.evidence_periods import Period, period_of
from pipelines.domain.model import MAIN
from pipelines.jobs.bundles import Bundle, Content, bundled, digest_of, local, note, size_of
from pipelines.jobs.evidence_selection import EvidenceQuery, jobs_of, named
from pipelines.jobs.outputs import outputs_of, smallest_thumbnail
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from pipelines.tools.documents.apart import make_documents
from storage.records import Asset, Job

_MOST = 2000  # items
_FILED = {"submitted": "已报送", "accepted": "已收下", "returned": "已退回"}
_FOLDER = "佐证材料"
_BAG = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_DOCUMENTS = {"佐证材料清单.xlsx": "list.xlsx", "缩略图.pdf": "contact-sheet.pdf", "情况说明.docx": "summary.docx"}


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
        listed = replace(listed, reports=tuple(self._reports(query.unit, period)))
        pictures = {job.id: small for job in jobs if (small := smallest_thumbnail(outputs[job.id]))}
        return FoundEvidence(listed, {job.id: job for job in jobs}, mains, pictures)

    def _reports(self, unit: str, period: Period) -> Iterator[FiledReport]:
        """Yield what the units have filed for the period's report, in the order of the campaign file."""
        if period.due is None:
            return
        key = (period.due.deadline, period.due.planned.isoformat())
        with translated():
            filed = self.context.ledger.reports.filed(unit)
        newest = {one.unit: one for one in filed if (one.deadline, one.planned) == key}
        for name in self.context.campaign.units.values():
            if unit in {"", name}:
                report = newest.get(name)
                yield FiledReport(name, _FILED[report.state] if report else "未报", report.text if report else "")

    def bundle(self, query: EvidenceQuery) -> Bundle:
        """Return the package. Raises WrongUse where nothing compliant is found."""
        found = self.find(query)
        listed = found.listed
        if not listed.items:
            text = "没有可以收入的材料：按这些条件没有找到已发布、合规的视频或照片。"
            raise WrongUse("an empty package", code="nothing-published", text=text)
        payload: list[tuple[str, Content]] = [(f"data/{name}", made) for name, made in self._documents(found)]
        payload += [(f"data/{one.path}", found.mains[one.item.job]) for one in listed.items]
        tags = _tags(listed, payload)
        files = [(f"{listed.name}/{path}", content) for path, content in [*tags, *payload]]
        return bundled(self.context, f"{listed.name}.zip", files, [found.jobs[one.item.job] for one in listed.items])

    def _documents(self, found: FoundEvidence) -> Iterator[tuple[str, bytes]]:
        """Yield the documents with their names; they are made from the list and the small pictures alone."""
        with tempfile.TemporaryDirectory(prefix="footage-", dir=self.context.scratch) as name:
            folder, pictures = Path(name), Path(name, "pictures")
            pictures.mkdir()
            for one in found.listed.items:
                if small := found.pictures.get(one.item.job):
                    with local(self.context, small) as path:
                        shutil.copyfile(path, pictures / f"{one.item.job}.jpg")
            (folder / "data.json").write_bytes(TypeAdapter(EvidenceList).dump_json(found.listed))
            make_documents("evidence", folder)
            yield from ((title, (folder / made).read_bytes()) for title, made in _DOCUMENTS.items())

    def note_download(self, bundle: Bundle, by: str) -> None:
        """Record in custody, for each original in a package, who takes it away."""
        with translated():
            note(self.context, bundle.jobs, "downloaded", by=by, preset="evidence")

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
    size = sum(size_of(content) for _, content in payload)
    info = f"External-Description: {listed.title}\nPayload-Oxum: {size}.{len(payload)}\n"
    checksums = "".join(f"{digest_of(content)}  {path}\n" for path, content in payload)
    tags = {"bagit.txt": _BAG, "bag-info.txt": info, "manifest-sha256.txt": checksums}
    own = "".join(f"{digest_of(text.encode())}  {name}\n" for name, text in tags.items())
    return [(name, text.encode()) for name, text in {**tags, "tagmanifest-sha256.txt": own}.items()]
