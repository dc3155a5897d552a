"""Group the verbs of the county's office: reports, packages of evidence, and what is counted of the campaign."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.jobs.evidence_packages import EvidencePackages
from pipelines.jobs.unit_reports import UnitReports
from pipelines.scheduling.context import WorkContext


@dataclass(frozen=True, slots=True)
class Office:
    """The office's verbs, bound to one work context."""

    _context: WorkContext

    @property
    def reports(self) -> UnitReports:
        """Return the verbs on units' reports."""
        return UnitReports(self._context)

    @property
    def evidence(self) -> EvidencePackages:
        """Return the verbs of packages of evidence."""
        return EvidencePackages(self._context)
