"""Group the verbs of the county's office: reports, packages of evidence, and what is counted of the campaign."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipelines.domain.sheet_cells import Table
from pipelines.jobs.evidence_packages import EvidencePackages
from pipelines.jobs.figure_tables import FigureTables
from pipelines.jobs.hazard_lists import HazardLists
from pipelines.jobs.tables import read_table
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
    def figures(self) -> FigureTables:
        """Return the queries for figures."""
        return FigureTables(self._context)

    @property
    def hazards(self) -> HazardLists:
        """Return the verbs of the lists of hazards and measures."""
        return HazardLists(self._context)

    def table(self, path: Path) -> Table:
        """Return the rows of a spreadsheet, read in a confined child. Raises WrongUse."""
        return read_table(self._context, path)

    @property
    def evidence(self) -> EvidencePackages:
        """Return the verbs of packages of evidence."""
        return EvidencePackages(self._context)
