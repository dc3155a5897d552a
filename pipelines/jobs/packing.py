"""Pack the outputs of several jobs into one zip that is written while it is sent, with a list and a contact sheet.

The zip holds its members as they are: films and JPEGs can't be compressed further. Its length is known beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.domain.errors import UnknownJob, WrongUse
from pipelines.domain.package_names import named, unique
from pipelines.jobs.bundles import Bundle, Content, bundled, note
from pipelines.jobs.outputs import outputs_of, smallest_thumbnail
from pipelines.jobs.package_list import PackedFile, contact_sheet, spreadsheet
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from storage.records import Asset, Job, Package

PRESETS = {
    "masters": ("成片和照片", ("master", "photo")),
    "clips": ("精彩片段和集锦", ("clip", "reel")),
    "photos": ("照片和剧照", ("photo", "still")),
    "all": ("全部成品", ("master", "photo", "angle", "clip", "reel", "rendition", "still", "pair", "wipe")),
}
_MOST_JOBS = 2000
_DAY = 86_400
_LONGEST_DAYS = 90


@dataclass(frozen=True, slots=True)
class Packing:
    """The verbs of packages, bound to one work context. `owner`, `name`: the id and the name of the person."""

    context: WorkContext

    def make(
        self, owner: str, name: str, preset: str, jobs: Sequence[Job], days: int, *, shared: bool
    ) -> tuple[Package, str]:
        """Make a package of jobs that the person may see; return it with its link's token. Raises WrongUse."""
        if preset not in PRESETS or not 1 <= days <= _LONGEST_DAYS:
            raise WrongUse(f"preset {preset!r}, {days} days", text=f"打包内容或期限不对；期限最长 {_LONGEST_DAYS} 天。")
        if not 0 < len(jobs) <= _MOST_JOBS:
            raise WrongUse(f"{len(jobs)} jobs", code="nothing-chosen", text=f"请选 1–{_MOST_JOBS} 件素材再打包。")
        ids = [job.id for job in jobs]
        with translated(), self.context.ledger.together():
            if shared:
                note(self.context, jobs, "link-made", by=owner)
            return self.context.ledger.packages.make(owner, name, preset, ids, days * _DAY, shared=shared)

    def of(self, package: str, owner: str) -> Package:
        """Return a package of this owner that is in force. Raises UnknownJob."""
        with translated():
            return _there(self.context.ledger.packages.of(package, owner))

    def linked(self, token: str) -> Package:
        """Return the package that a link leads to. Raises UnknownJob where the link has ended or was revoked."""
        with translated():
            return _there(self.context.ledger.packages.linked(token))

    def links(self, owner: str = "") -> list[Package]:
        """Return the packages with a link, of one owner or of all."""
        with translated():
            return self.context.ledger.packages.shared(owner)

    def titles(self, packages: Sequence[Package]) -> dict[str, str]:
        """Return by the packages' ids the name of the first item of each."""
        firsts = {package.id: package.jobs[0] for package in packages if package.jobs}
        with translated():
            names = {job.id: job.name for job in self.context.ledger.jobs([*firsts.values()])}
        return {package: names[job] for package, job in firsts.items() if job in names}

    def revoke(self, package: str, by: str, owner: str = "") -> None:
        """Revoke a link, of this owner or of any. Raises UnknownJob."""
        with translated(), self.context.ledger.together():
            gone = _there(self.context.ledger.packages.revoke(package, owner))
            note(self.context, self.context.ledger.jobs(gone.jobs), "link-revoked", by=by)

    def files(self, package: Package) -> list[PackedFile]:
        """Return the files of a package, as they are published now, in the order of its jobs."""
        with translated():
            jobs = self.context.ledger.jobs(package.jobs)
        outputs, roles = outputs_of(self.context, jobs), PRESETS[package.preset][1]
        found = [(job, asset) for job in jobs for asset in outputs[job.id] if asset.role in roles]
        names = unique(named(job.date, job.unit, job.name, asset.role, asset.name) for job, asset in found)
        return [PackedFile(name, job, asset) for name, (job, asset) in zip(names, found, strict=True)]

    def zipped(self, package: Package) -> Bundle:
        """Return the ZIP of a package. Raises WrongUse where nothing of it is published."""
        files = self.files(package)
        if not files:
            text = "所选素材还没有可下载的成品。"
            raise WrongUse(f"package {package.id} is empty", code="nothing-published", text=text)
        jobs = [*{file.job.id: file.job for file in files}.values()]
        small = self._thumbnails(jobs)
        members: list[tuple[str, Content]] = [(file.name, file.asset) for file in files]
        members += [(f"缩略图/{name}", asset) for name, asset in small.values()]
        members.append(("清单.xlsx", spreadsheet(files, self.context.campaign)))
        members.append(("缩略图.html", contact_sheet(files, {job: name for job, (name, _) in small.items()})))
        return bundled(self.context, "素材.zip", members, jobs)

    def note_zipped(self, package: Package, bundle: Bundle, by: str) -> None:
        """Record in custody who downloads a package."""
        with translated():
            note(self.context, bundle.jobs, "downloaded", by=by, preset=package.preset)

    def note_download(self, job: Job, *, by: str, name: str) -> None:
        """Record in custody who downloads one output of a job."""
        with translated():
            note(self.context, [job], "downloaded", by=by, name=name)

    def _thumbnails(self, jobs: Sequence[Job]) -> dict[str, tuple[str, Asset]]:
        """Return the smallest thumbnail of each job that has one, with a name of its own."""
        outputs, found = outputs_of(self.context, jobs), {}
        for number, job in enumerate(jobs, 1):
            if small := smallest_thumbnail(outputs[job.id]):
                found[job.id] = (f"{number:04}.jpg", small)
        return found


def _there(package: Package | None) -> Package:
    if package is None:
        text = "这个下载链接不存在、已到期或已作废，请向发链接的人再要。"
        raise UnknownJob("no such package", code="link-ended", text=text)
    return package
