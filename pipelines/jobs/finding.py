"""Find jobs: by criteria, by count, in stacks of photos that look the same, and by searches that people have saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Unpack

from pipelines.domain.errors import WrongUse
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from storage.changes import Selection
from storage.records import Job, SavedSearch, is_job_id
from storage.search import Countable
from storage.searches import MOST_SAVED
from storage.words import words_of


@dataclass(frozen=True, slots=True)
class JobFinder:
    """The queries on jobs, bound to one work context."""

    context: WorkContext

    def jobs(self, **selection: Unpack[Selection]) -> list[Job]:
        """Return the jobs that match every given criterion, newest first unless it is said; Ledger.find explains."""
        if "unit" in selection:
            selection["unit"] = self.context.campaign.unit_named(selection["unit"])
        with translated():
            return self.context.ledger.find(**self._worded(selection))

    def with_bytes(self, original: str) -> list[Job]:
        """Return the jobs with these bytes, by their SHA-256, the oldest first."""
        with translated():
            return self.context.ledger.of_original(original)

    def known(self, job_ids: Sequence[str]) -> list[Job]:
        """Return the jobs with these ids, in their order; an id that is none or unknown is left out."""
        with translated():
            return self.context.ledger.jobs([job for job in job_ids if is_job_id(job)])

    def counts(self, field: Countable, **selection: Unpack[Selection]) -> dict[str, int]:
        """Return the number of jobs by each value of a column; Ledger.counts explains it."""
        with translated():
            return self.context.ledger.counts(field, **self._worded(selection))

    def _worded(self, selection: Selection) -> Selection:
        """Add the activities and programmes of the campaign whose names have one of the words."""
        campaign = self.context.campaign
        names = {
            code: rule.name for rules in (campaign.activities, campaign.programmes) for code, rule in rules.items()
        }
        found = {
            word: [code for code, name in names.items() if word in "".join(words_of(name))]
            for word in words_of(selection.get("words", ""))
        }
        return {**selection, "named": found} if found else selection

    def stacks(self, jobs: Sequence[Job]) -> Mapping[str, int]:
        """Return the number of photos that look the same, by job, of each of these that is one of several."""
        with translated():
            return self.context.ledger.bursts.sizes([job.id for job in jobs])

    def save(self, owner: str, name: str, query: str) -> None:
        """Save a search under a name, in place of the owner's other one of that name. Raises WrongUse."""
        if not name.strip():
            raise WrongUse("a search without a name", text="请给这次查找起个名字。")
        with translated():
            if not self.context.ledger.searches.save(owner, name.strip(), query):
                raise WrongUse("too many searches", text=f"最多保存 {MOST_SAVED} 个查找，请先删除不用的。")

    def saved(self, owner: str) -> list[SavedSearch]:
        """Return a person's searches, by name."""
        with translated():
            return self.context.ledger.searches.of(owner)

    def forget(self, search: str, owner: str) -> bool:
        """Remove a person's own search; return False where there is none."""
        with translated():
            return self.context.ledger.searches.remove(search, owner)
