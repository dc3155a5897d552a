"""Let units file the reports that are due, let the office accept or return them, and tell who is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from pipelines.domain.deadlines import NEEDS, Need
from pipelines.domain.due_dates import DueDate, due_dates
from pipelines.domain.errors import EditedMeanwhile, UnknownJob, WrongUse
from pipelines.domain.standings import NOTHING, Filing, Standing, standing
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from storage.records import is_job_id
from storage.report_records import Contact, UnitReport
from storage.reports import ReportKey

COUNTS = {"events": "场次", "people": "人数", "hazards": "隐患数"}
_LONGEST, _MOST_ITEMS, _LARGEST = 20_000, 500, 10_000_000  # characters; attachments; of a count
_LONG_AGO = timedelta(days=60)
_WRITTEN: tuple[Need, ...] = ("plan", "report", "summary")
_MEANWHILE = "这份材料刚被别人改过或报送，您的修改没有保存。您写的还在下面，请对照最新的一版再改。"
_EMPTY = "还没有写材料，不能报送。"


@dataclass(frozen=True, slots=True)
class UnitReports:
    """The verbs on units' reports, bound to one work context."""

    context: WorkContext

    def is_over(self, today: date) -> bool:
        """Tell whether the campaign's last due date is so long ago that what is missing is no longer asked for."""
        return max((due.due for due in self.due()), default=today) + _LONG_AGO < today

    def due(self) -> tuple[DueDate, ...]:
        """Return every due date of the campaign, the earliest first."""
        return due_dates(self.context.campaign)

    def standings(self, now: datetime, unit: str = "") -> list[Standing]:
        """Return where every unit stands with every due date at `now`, or one unit, by its id.

        What came in after `now` is not counted.
        """
        campaign, book = self.context.campaign, self.context.ledger.reports
        with translated():
            filed, named = _by_key(book.filed(campaign.units.get(unit, ""))), {*book.contacts()}
        found, dates = [], self.due()
        for code, name in campaign.units.items():
            for due in dates if unit in {"", code} else ():
                versions = filed.get((name, due.deadline, due.planned.isoformat()), [])
                filing = _filing(versions, now, contact=name in named)
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
        *,
        submit: bool = False,
    ) -> UnitReport:
        """Save a draft, and submit it where that is asked for: both or neither.

        `seen`: the version and revision that its author has read. Raises EditedMeanwhile, WrongUse.
        """
        _, key = self._key(unit, deadline, planned)
        text = text.replace("\r\n", "\n").strip()
        if len(text) > _LONGEST:
            raise WrongUse(f"{len(text)} characters", code="report-invalid", text=f"材料最多 {_LONGEST} 字。")
        if not all(0 <= count <= _LARGEST for count in counts.values()) or not counts.keys() <= COUNTS.keys():
            raise WrongUse("counts", code="report-invalid", text="场次、人数、隐患数要写成不小于 0 的整数。")
        if submit and not text:
            raise WrongUse("an empty report", code="report-empty", text=_EMPTY)
        values = {"text": text, "counts": dict(counts), "items": self._own(key.unit, items), "author": author}
        book = self.context.ledger.reports
        with translated(), self.context.ledger.together():
            saved = book.save(key, seen, **values)
            if saved is None and submit and (sent := _sent(book.versions(key), text)):
                return sent
            saved = _there(saved)
            return _there(book.submit(saved.id, saved.revision, self._met(saved), author)) if submit else saved

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
            jobs = self.context.ledger.jobs([job for job in wanted if is_job_id(job)])
        found = {job.id for job in jobs if job.unit == unit}
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


def _sent(versions: Sequence[UnitReport], text: str) -> UnitReport | None:
    """Return the newest version where it is this very text, submitted: a button pressed twice is no conflict."""
    newest = versions[-1] if versions else None
    return newest if newest and newest.state == "submitted" and newest.text == text else None


def _by_key(filed: Sequence[UnitReport]) -> dict[tuple[str, str, str], list[UnitReport]]:
    found: dict[tuple[str, str, str], list[UnitReport]] = {}
    for report in filed:
        found.setdefault((report.unit, report.deadline, report.planned), []).append(report)
    return found


def _filing(versions: Sequence[UnitReport], now: datetime, *, contact: bool) -> Filing:
    """Return what had come in at `now`; a decision that was taken later is not known then."""
    then = now.timestamp()
    filed = [one for one in versions if one.submitted is not None and one.submitted <= then]
    if not filed or filed[-1].first is None:
        return NOTHING
    newest = filed[-1]
    state = newest.state if newest.decided is not None and newest.decided <= then else "submitted"
    has: set[str] = {*newest.has, *(["contact"] if contact else [])}
    return Filing(
        submitted=datetime.fromtimestamp(newest.first or then, UTC),
        has=frozenset(need for need in NEEDS if need in has),
        returned=newest.reason if state == "returned" else "",
        accepted=state == "accepted",
    )


def reminders(standings: Sequence[Standing], names: Mapping[str, str]) -> list[tuple[DueDate, str]]:
    """Return by due date, the earliest first, what to tell the units that are missing."""
    grouped = groupby(sorted(standings, key=lambda one: one.due), key=lambda one: one.due)
    return [(due, text) for due, group in grouped if (text := reminder([*group], names))]


def joint_reminder(standings: Sequence[Standing], names: Mapping[str, str]) -> str:
    """Return one text that names each unit once, with all that it has still to send. Empty if all is in."""
    owed: dict[str, list[str]] = {}
    for one in sorted(standings, key=lambda one: one.due):
        if one.is_open:
            said = f"{one.due.due.month}月{one.due.due.day}日截止的{one.due.name}（{one.words}）"
            owed.setdefault(one.unit, []).append(said)
    lines = [f"{names[unit]}：{'；'.join(owed[unit])}" for unit in names if unit in owed]
    return "\n".join(["【提醒】以下单位有材料要报，请按期报送，逾期的请尽快：", *lines]) if lines else ""


def reminder(standings: Sequence[Standing], names: Mapping[str, str]) -> str:
    """Return a text for the contacts' group: who has still to send what, for one due date. Empty if all is in."""
    missing = [one for one in standings if one.is_open]
    if not missing:
        return ""
    due = missing[0].due
    head = f"【提醒】{due.name}，{due.due.month}月{due.due.day}日截止。以下单位还没有报齐，请尽快报送："
    return "\n".join([head, *(f"{names[one.unit]}：{one.words}" for one in missing)])
