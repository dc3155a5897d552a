"""Reports are kept in versions: a draft changes, what was submitted stays, nobody overwrites what he has not read."""

from __future__ import annotations

from dataclasses import replace

from storage.reports import ReportKey
from tests.contract.helpers import at_once

KEY = ReportKey("河婆街道", "weekly", "2020-06-04")


def saved(ledger, text="本周开展活动 3 场", seen=(0, 0), key=KEY, **more):
    values = {"text": text, "counts": {"events": 3}, "items": [], "author": "李", **more}
    return ledger.reports.save(key, seen, **values)


def submitted(ledger, key=KEY, has=("report",)):
    draft = saved(ledger, key=key)
    return ledger.reports.submit(draft.id, draft.revision, has, "李")


def test_a_draft_is_saved_and_changed_in_place(ledger):
    first = saved(ledger)
    second = saved(ledger, "改过", seen=(1, 1))

    assert (first.version, first.revision, first.state, first.counts) == (1, 1, "draft", {"events": 3})
    assert (second.id, second.version, second.revision, second.text) == (first.id, 1, 2, "改过")
    assert [report.text for report in ledger.reports.versions(KEY)] == ["改过"]


def test_what_somebody_else_has_saved_meanwhile_is_not_overwritten(ledger):
    saved(ledger)
    saved(ledger, "甲的", seen=(1, 1))

    assert saved(ledger, "乙的", seen=(1, 1)) is None
    assert saved(ledger, "乙的") is None
    assert ledger.reports.versions(KEY)[0].text == "甲的"


def test_of_two_first_drafts_at_one_time_one_is_kept(ledger):
    found = at_once(2, lambda number: saved(ledger, "甲乙"[number]))

    kept = [report.text for report in found if report]
    assert len(kept) == 1
    assert [report.text for report in ledger.reports.versions(KEY)] == kept


def test_what_was_submitted_stays_and_what_is_written_after_is_another_version(ledger):
    report = submitted(ledger)
    more = saved(ledger, "补上人数", seen=(1, 1))
    returned = ledger.reports.decide(report.id, ["submitted"], "returned", "王", "人数未填")

    assert (report.state, report.has) == ("submitted", ("report",))
    assert (more.version, more.revision, more.state) == (2, 1, "draft")
    assert (returned.state, returned.reason, returned.decider) == ("returned", "人数未填", "王")
    assert [(one.version, one.text, one.state) for one in ledger.reports.versions(KEY)] == [
        (1, "本周开展活动 3 场", "returned"),
        (2, "补上人数", "draft"),
    ]


def test_what_was_accepted_is_changed_no_more(ledger):
    report = submitted(ledger)
    ledger.reports.decide(report.id, ["submitted"], "accepted", "王")

    assert saved(ledger, "改", seen=(1, 1)) is None
    assert [one.text for one in ledger.reports.versions(KEY)] == ["本周开展活动 3 场"]


def test_a_report_remembers_when_it_first_came_in(ledger):
    report = submitted(ledger)
    ledger.reports.decide(report.id, ["submitted"], "returned", "王", "补")
    draft = saved(ledger, "二", seen=(1, 1))
    ledger.reports.submit(draft.id, draft.revision, ["report"], "李")

    first, newest = ledger.reports.filed()

    assert (first.version, first.state, newest.version) == (1, "returned", 2)
    assert first.first == newest.first == report.submitted
    assert newest.submitted > report.submitted


def test_only_what_was_read_is_submitted_and_only_once(ledger):
    draft = saved(ledger)
    saved(ledger, "改过", seen=(1, 1))

    assert ledger.reports.submit(draft.id, draft.revision, ["report"], "李") is None
    assert ledger.reports.submit(draft.id, 2, ["report"], "李").state == "submitted"
    assert ledger.reports.submit(draft.id, 2, ["report"], "李") is None


def test_a_decision_is_taken_of_the_state_that_was_seen(ledger):
    report = submitted(ledger)
    ledger.reports.decide(report.id, ["submitted"], "accepted", "王")

    assert ledger.reports.decide(report.id, ["submitted"], "returned", "赵", "x") is None
    assert ledger.reports.decide(report.id, ["submitted", "accepted"], "returned", "赵", "x").decider == "赵"


def test_what_was_filed_is_listed_of_one_unit_or_of_all_and_drafts_are_not(ledger):
    submitted(ledger)
    submitted(ledger, key=replace(KEY, unit="龙潭镇"))
    submitted(ledger, key=replace(KEY, planned="2020-06-11"))
    saved(ledger, key=replace(KEY, planned="2020-06-18"))

    assert {one.planned for one in ledger.reports.filed("河婆街道")} == {"2020-06-04", "2020-06-11"}
    assert {(one.unit, one.planned) for one in ledger.reports.filed()} == {
        ("河婆街道", "2020-06-04"),
        ("龙潭镇", "2020-06-04"),
        ("河婆街道", "2020-06-11"),
    }


def test_a_unit_has_one_contact_until_it_is_removed(ledger):
    ledger.reports.name_contact("龙潭镇", "陈联络", "13800000000")
    ledger.reports.name_contact("龙潭镇", "林联络", "13900000000")
    named = ledger.reports.contacts()
    ledger.reports.name_contact("龙潭镇", "", "")

    assert {unit: (one.name, one.telephone) for unit, one in named.items()} == {"龙潭镇": ("林联络", "13900000000")}
    assert ledger.reports.contacts() == {}
