"""Select the jobs of a package of evidence: by unit, period, programme, activity and words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from urllib.parse import urlencode

from pipelines.domain.campaign import Campaign
from pipelines.domain.campaign_names import programme_called, unit_called
from pipelines.domain.errors import WrongUse
from pipelines.domain.evidence_periods import Period
from pipelines.jobs.finding import JobFinder
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from storage.changes import Selection
from storage.records import Job

_MOST = 2000  # items


@dataclass(frozen=True, slots=True)
class EvidenceQuery:
    """The query of a package; all criteria that are given hold. `unit`, `programme`, `activity`: ids or names.

    `period`: as `period_of` reads it. `only_unit`: the unit that the caller may see, by name; empty for all.
    """

    unit: str = ""
    period: str = ""
    programme: str = ""
    activity: str = ""
    words: str = ""
    only_unit: str = ""

    @property
    def address(self) -> str:
        """Return the query as in an address."""
        said = ("unit", "period", "programme", "activity", "words")
        return urlencode({name: value for name in said if (value := getattr(self, name))})


def named(query: EvidenceQuery, campaign: Campaign) -> EvidenceQuery:
    """Return the query with the unit's name and the ids of programme and activity. Raises WrongUse."""
    return replace(
        query,
        unit=query.only_unit or unit_called(campaign, query.unit),
        programme=programme_called(campaign, query.programme),
        activity=campaign.activity_id(query.activity),
    )


def jobs_of(context: WorkContext, query: EvidenceQuery, period: Period) -> list[Job]:
    """Return the jobs of the query: of events within the period, received in it where the day is not known.

    What a unit has attached to its report of the period belongs to it as well.
    """
    asked = Selection(programme=query.programme, activity=query.activity, words=query.words, limit=_MOST + 1)
    asked["unit"], asked["only_unit"] = query.unit, query.only_unit
    finder = JobFinder(context)
    parts = [finder.jobs(**part) for part in _parts(context, asked, period)]
    found = {job.id: job for job in parts[0]}
    found |= {job.id: job for part in parts[1:] for job in part if not job.date}
    if not (query.programme or query.activity or query.words):
        found |= {job.id: job for job in _attached(context, query, period)}
    if max(len(found), *map(len, parts)) > _MOST:
        raise WrongUse(f"over {_MOST} items", code="too-many", text=f"超过 {_MOST} 件，请按单位或日期分开打包。")
    return [*found.values()]


def _parts(context: WorkContext, asked: Selection, period: Period) -> Iterator[Selection]:
    if not (period.first or period.last):
        yield asked
        return
    events, received = Selection(**asked), Selection(**asked)
    if period.first:
        events["since"] = period.first.isoformat()
        received["received_since"] = _midnight(context, period, days=0)
    if period.last:
        events["until"] = period.last.isoformat()
        received["received_until"] = _midnight(context, period, days=1)
    yield events
    yield received


def _midnight(context: WorkContext, period: Period, *, days: int) -> float:
    day = period.last if days else period.first
    begun = datetime.combine(day or datetime.min.date(), time(), context.campaign.zone)
    return (begun + timedelta(days=days)).timestamp()


def _attached(context: WorkContext, query: EvidenceQuery, period: Period) -> list[Job]:
    if not period.due:
        return []
    with translated():
        filed = context.ledger.reports.filed(query.unit)
        newest = {
            report.unit: report
            for report in filed
            if report.submitted
            and (report.deadline, report.planned) == (period.due.deadline, period.due.planned.isoformat())
        }
        return context.ledger.jobs([job for report in newest.values() for job in report.items])
