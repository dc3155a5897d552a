"""Let units file the reports that are due, let the office accept or return them, and tell who is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pipelines.domain.deadlines import Need
from pipelines.domain.due_dates import DueDate, due_dates
from pipelines.domain.errors import EditedMeanwhile, UnknownJob, WrongUse
from pipelines.domain.standings import NOTHING, Filing, Standing, standing
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from storage.report_records import Contact, UnitReport
from storage.reports import ReportKey

COUNTS = {"events": "场次", "people": "人数", "hazards": "隐患数"}
_LONGEST, _MOST_ITEMS, _LARGEST = 20_000, 500, 10_000_000  # characters; attachments; of a count
_WRITTEN: tuple[Need, ...] = ("plan", "report", "summary")
_MEANWHILE = "这份材料刚被别人改过或报送，您的修改没有保存；请刷新后再改。"
_EMPTY = "还没有写材料，不能报送。"


@dataclass(frozen=True, slots=True)
class UnitReports:
    """The verbs on units' reports, bound to one work context."""

    context: WorkContext

    def due(self) -> tuple[DueDate, ...]:
        """Return every due date of the campaign, the earliest first."""
        return due_dates(self.context.campaign)

    def standings(self, now: datetime, unit: str = "") -> list[Standing]:
        """Return where every unit stands with every due date at `now`, or one unit, by its id.

        What came in after `now` is not counted.
        """
        campaign, book = self.context.campaign, self.context.ledger.reports
        with translated():
            filed = {(one.unit, one.deadline, one.planned): one for one in book.latest(filed=True)}
            named = {*book.contacts()}
        found = []
        for code, name in campaign.units.items():
            for due in self.due() if unit in {"", code} else ():
                report = filed.get((name, due.deadline, due.planned.isoformat()))
                filing = _filing(report, now, contact=name in named)
                found.append(standing(code, due, filing, campaign.exemptions, campaign.zone, now))
        return found

    def versions(self, unit: str, deadline: str, planned: str) -> tuple[DueDate, list[UnitReport]]:
        """Return a due date and every version of a unit's report for it. Raises UnknownJob where nothing is due."""
        due, key = self._key(unit, deadline, planned)
        with translated():
            return due, self.context.ledger.reports.versions(key)

    def save(
        self,
        unit: str,
        deadline: str,
        planned: str,
        seen: tuple[int, int],
        text: str,
        counts: Mapping[str, int],
        items: Sequence[str],
        author: str,
    ) -> UnitReport:
        """Save a draft. `seen`: the version and revision that its author has read. Raises EditedMeanwhile, WrongUse."""
        _, key = self._key(unit, deadline, planned)
        if len(text) > _LONGEST:
            raise WrongUse(f"{len(text)} characters", code="report-invalid", text=f"材料最多 {_LONGEST} 字。")
        if not all(0 <= count <= _LARGEST for count in counts.values()) or not counts.keys() <= COUNTS.keys():
            raise WrongUse("counts", code="report-invalid", text="场次、人数、隐患数要写成不小于 0 的整数。")
        values = {"text": text.strip(), "counts": dict(counts), "items": self._own(key.unit, items), "author": author}
        with translated():
            saved = self.context.ledger.reports.save(key, seen, **values)
        return _there(saved)

    def submit(self, report: UnitReport, author: str) -> UnitReport:
        """Submit a draft as it was read. Raises EditedMeanwhile, WrongUse where nothing is written."""
        if not report.text:
            raise WrongUse("an empty report", code="report-empty", text=_EMPTY)
        with translated():
            return _there(self.context.ledger.reports.submit(report.id, report.revision, self._met(report), author))

    def accept(self, report: UnitReport, decider: str) -> UnitReport:
        """Accept a submitted report. Raises EditedMeanwhile."""
        with translated():
            return _there(self.context.ledger.reports.decide(report.id, ["submitted"], "accepted", decider))

    def send_back(self, report: UnitReport, decider: str, reason: str) -> UnitReport:
        """Return a submitted or accepted report to its unit. Raises EditedMeanwhile, WrongUse without a reason."""
        if not 0 < len(reason.strip()) <= 500:
            raise WrongUse("no reason", code="report-invalid", text="退回要写明原因（1–500 字）。")
        book = self.context.ledger.reports
        with translated():
            return _there(book.decide(report.id, ["submitted", "accepted"], "returned", decider, reason.strip()))

    def contacts(self) -> dict[str, Contact]:
        """Return the contacts by the names of their units."""
        with translated():
            return self.context.ledger.reports.contacts()

    def name_contact(self, unit: str, name: str, telephone: str) -> None:
        """Set the contact of a unit, by its id; an empty name removes it. Raises UnknownJob, WrongUse."""
        if max(len(name), len(telephone)) > 60:
            raise WrongUse("a long contact", code="report-invalid", text="姓名和电话各最多 60 字。")
        with translated():
            self.context.ledger.reports.name_contact(self._name(unit), name.strip(), telephone.strip())

    def _met(self, report: UnitReport) -> list[Need]:
        """Return the needs that a report meets as it is."""
        jobs = self.context.ledger.jobs(report.items)
        media: list[Need] = ["media"] if any(job.state == "published" for job in jobs) else []
        return [*_WRITTEN, *media] if report.text else media

    def _own(self, unit: str, items: Sequence[str]) -> list[str]:
        """Return the attached jobs, once each. Raises WrongUse where one is another unit's, or they are too many."""
        wanted = [*dict.fromkeys(items)]
        if len(wanted) > _MOST_ITEMS:
            raise WrongUse(f"{len(wanted)} items", code="report-invalid", text=f"最多附 {_MOST_ITEMS} 件素材。")
        with translated():
            found = {job.id for job in self.context.ledger.jobs(wanted) if job.unit == unit}
        if found != {*wanted}:
            raise WrongUse("items of others", code="report-invalid", text="只能附本单位报送的素材。")
        return wanted

    def _key(self, unit: str, deadline: str, planned: str) -> tuple[DueDate, ReportKey]:
        name = self._name(unit)
        for due in self.due():
            if (due.deadline, due.planned.isoformat()) == (deadline, planned):
                return due, ReportKey(name, deadline, planned)
        raise UnknownJob(f"nothing is due: {deadline[:60]} {planned[:20]}", text="没有这一期报送。")

    def _name(self, unit: str) -> str:
        if unit not in self.context.campaign.units:
            raise UnknownJob(f"no unit {unit[:60]!r}", text="没有这个单位。")
        return self.context.campaign.units[unit]


def _there(report: UnitReport | None) -> UnitReport:
    if report is None:
        raise EditedMeanwhile("the report was changed meanwhile", text=_MEANWHILE)
    return report


def _filing(report: UnitReport | None, now: datetime, *, contact: bool) -> Filing:
    if report is None or report.first is None or datetime.fromtimestamp(report.first, UTC) > now:
        return NOTHING
    has = {*report.has} | ({"contact"} if contact else set())
    returned = report.reason if report.state == "returned" else ""
    return Filing(datetime.fromtimestamp(report.first, UTC), frozenset(has), returned)  # type: ignore[arg-type]


def reminder(standings: Sequence[Standing], names: Mapping[str, str]) -> str:
    """Return a text for the contacts' group: who has still to send what, for one due date. Empty if all is in."""
    missing = [one for one in standings if one.state in {"missing", "partial"}]
    if not missing:
        return ""
    due = missing[0].due
    head = f"【提醒】{due.name}，{due.due.month}月{due.due.day}日截止。以下单位还没有报齐，请尽快报送："
    return "\n".join([head, *(f"{names[one.unit]}：{one.words}" for one in missing)])
