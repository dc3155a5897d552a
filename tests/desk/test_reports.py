"""Units file their reports on the page; the office sees who is missing, accepts, and returns with a reason."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.desk.conftest import PAGE, Desk

AT = "/reports/hepo/weekly/2020-06-04"
HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def unit(desk: Desk) -> TestClient:
    return desk.holding(["submit", "read"], unit="河婆街道")


@pytest.fixture
def office(desk: Desk) -> TestClient:
    return desk.holding(["submit", "read", "edit"])


def page(client: TestClient, path: str = AT) -> str:
    answer = client.get(path, headers=PAGE)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def fill(client: TestClient, path: str = AT, **fields: Any) -> Any:
    """Send the form as the page has it, with these fields typed in."""
    hidden = dict(re.findall(r'name="(version|revision)" value="(\d+)"', page(client, path)))
    return client.post(path, data={**hidden, **fields}, headers=PAGE, follow_redirects=False)


def decide(client: TestClient, path: str = AT, **fields: Any) -> Any:
    report = re.search(r'name="report" value="([0-9a-f]+)"', page(client, path))
    assert report, "nothing to decide on"
    return client.post(f"{path}/decide", data={"report": report[1], **fields}, headers=PAGE, follow_redirects=False)


def cell(client: TestClient, path: str = AT) -> str:
    """What the board says of one report: its state, and what is missing."""
    found = re.search(
        rf'<td><a class="badge[^"]*" href="{path}">(.*?)</a>(?:<br><span class="facts">(.*?)</span>)?',
        page(client, "/reports?every=1"),
    )
    assert found, "not on the board"
    return "；".join(part for part in found.groups() if part)


def test_a_draft_is_kept_and_counts_for_nothing_until_it_is_submitted(unit, office):
    assert fill(unit, text="本周开展活动 3 场", events="3", people="120").status_code == 303

    assert "本周开展活动 3 场</textarea>" in page(unit)
    assert 'name="people" inputmode="numeric" pattern="[0-9]*" maxlength="8" value="120"' in page(unit)
    assert cell(office).startswith("未报；缺活动开展情况；逾期")


def test_a_report_is_submitted_accepted_and_then_no_more_changed(unit, office):
    fill(unit, text="本周开展活动 3 场", events="3", action="submit")
    assert cell(office).startswith("迟报；迟 ")  # years after its day
    assert "1 份待收下" in page(office, "/reports")

    assert decide(office, decision="accept").status_code == 303

    assert "待收下" not in page(office, "/reports")
    assert "已收下" in page(unit)
    assert "<textarea" not in page(unit)
    late = unit.post(AT, data={"text": "改", "version": 1, "revision": 1}, headers=PAGE)
    assert late.status_code == 409
    assert "改" not in page(unit)


def test_a_report_that_is_returned_says_why_and_is_filed_again_as_another_version(unit, office):
    fill(unit, text="开展活动", action="submit")

    decide(office, decision="return", reason="人数未填")

    assert cell(unit).startswith("部分；已退回：人数未填；逾期")
    assert "已退回：人数未填" in page(unit)
    fill(unit, text="开展活动，120 人参加", people="120", action="submit")
    assert cell(unit).startswith("迟报")
    assert re.findall(r"第 (\d) 版", page(office)) == ["2", "1"]
    assert "退回原因：人数未填" in page(office)


def test_a_return_needs_a_reason_and_a_report_some_words(unit, office):
    empty = fill(unit, text="  ", action="submit")
    assert (empty.status_code, "还没有写材料" in empty.text) == (422, True)

    fill(unit, text="开展活动", action="submit")
    refused = decide(office, decision="return", reason=" ")
    assert (refused.status_code, "退回要写明原因" in refused.text) == (422, True)


@pytest.mark.parametrize("count", ["-1", "三", "1.5", "99999999999"])
def test_a_count_that_is_none_is_refused_and_nothing_is_saved(unit, count):
    refused = fill(unit, text="开展活动", people=count)

    assert (refused.status_code, "要写成不小于 0 的整数" in refused.text) == (422, True)
    assert "开展活动</textarea>" not in page(unit)


def test_the_summary_is_whole_once_a_published_item_is_attached(desk, unit):
    path = "/reports/hepo/summary/2020-07-10"
    job = desk.submit("启动仪式.mp4", unit="河婆街道")
    desk.ledger.move(job.id, ["received"], state="published")
    other = desk.submit("别人的.mp4", unit="龙潭镇")

    assert fill(unit, path, text="总结", item=other.id).status_code == 422
    assert fill(unit, path, text="总结", item="a\0b").status_code == 422
    fill(unit, path, text="总结", action="submit")
    assert cell(unit, path).startswith("部分；缺视频、照片等佐证材料；逾期")
    desk.client.post(
        f"{path}/decide", data={"report": newest(desk, "summary"), "decision": "return", "reason": "缺素材"}
    )
    fill(unit, path, text="总结", item=job.id, action="submit")

    assert cell(unit, path).startswith("迟报")
    assert "启动仪式.mp4" in page(unit, path)


def newest(desk: Desk, deadline: str) -> str:
    return next(report.id for report in desk.ledger.reports.filed() if report.deadline == deadline)


def test_two_people_of_a_unit_do_not_overwrite_each_other(unit):
    fill(unit, text="甲写的")

    late = unit.post(AT, data={"text": "乙写的", "version": 0, "revision": 0}, headers=PAGE)

    assert (late.status_code, "没有保存" in late.text) == (409, True)
    assert "乙写的</textarea>" in late.text  # nothing that was typed is lost
    assert "甲写的</textarea>" in page(unit)


def test_a_button_pressed_twice_is_one_report(unit):
    first = {"text": "开展活动", "version": 0, "revision": 0, "action": "submit"}

    answers = [unit.post(AT, data=first, headers=PAGE, follow_redirects=False).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert re.findall(r"第 (\d) 版", page(unit)) == ["1"]


def test_a_report_as_long_as_the_page_promises_is_kept(unit):
    text = "\r\n".join(["安全生产月活动总结" * 11] * 200) + "。"
    assert len(text.replace("\r\n", "\n")) == 20_000

    assert fill(unit, text=text).status_code == 303
    assert fill(unit, text=text + "多").status_code == 422
    assert f"{text[-9:]}</textarea>" in page(unit)


def test_what_is_missing_can_be_added_until_the_office_has_accepted(desk, unit, office):
    path = "/reports/hepo/summary/2020-07-10"
    job = desk.submit("启动仪式.mp4", unit="河婆街道")
    desk.ledger.move(job.id, ["received"], state="published")
    fill(unit, path, text="总结", action="submit")
    assert cell(unit, path).startswith("部分")

    fill(unit, path, text="总结", item=job.id, action="submit")

    assert cell(unit, path).startswith("迟报")
    decide(office, path, decision="accept")
    assert fill(unit, path, text="再改", action="submit").status_code == 409


def test_what_the_office_accepts_owes_nothing_more(unit, office):
    path = "/reports/hepo/summary/2020-07-10"
    fill(unit, path, text="总结，佐证材料另送光盘", action="submit")

    decide(office, path, decision="accept")

    assert cell(unit, path).startswith("迟报")


def test_a_unit_sees_and_files_its_own_alone(desk, unit):
    elsewhere = "/reports/longtan/weekly/2020-06-04"

    assert "龙潭镇" not in page(unit, "/reports")
    assert [unit.get(elsewhere).status_code, unit.post(elsewhere, data={"text": "x"}).status_code] == [404, 404]
    assert unit.post(f"{AT}/decide", data={"report": "x"}).status_code == 403
    assert "催报文字" not in page(unit, "/reports")
    for path in (
        "/reports/hepo/weekly/2020-06-05",
        "/reports/hepo/nothing/2020-06-04",
        "/reports/mars/weekly/2020-06-04",
    ):
        assert desk.client.get(path).status_code == 404


def test_the_office_sees_every_unit_and_has_a_text_to_remind_them(office):
    board = page(office, "/reports")

    assert board.count('<th scope="row">') == 19
    assert board.count("badge missing overdue") == 19 * 17
    assert "催报文字" not in board  # years after its end


def test_a_contact_is_seen_by_operators_alone_and_is_what_the_form_asked_for(desk, office, unit):
    plan = "/reports/hepo/plan/2020-06-05"
    fill(unit, plan, text="方案", action="submit")
    assert cell(unit, plan).startswith("部分；缺联络员推荐表")

    desk.client.post("/reports/contacts/hepo", data={"name": "陈联络", "telephone": "13800000000"})

    assert "13800000000" in page(desk.client, "/reports/contacts")
    assert office.get("/reports/contacts").status_code == 403
    assert not any("13800000000" in page(client, path) for client in (office, unit) for path in ("/reports", plan))
    assert cell(unit, plan).startswith("迟报")


def test_what_people_write_is_shown_as_text(unit, office):
    fill(unit, text="<script>alert(1)</script>\n第二行", action="submit")

    shown = office.get(AT, headers=PAGE).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>第二行" in shown
    assert "<script>alert" not in shown


def test_a_units_calendar_is_served_without_a_key(desk):
    answer = TestClient(desk.client.app).get("/calendar/hepo.ics")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.text.count("BEGIN:VEVENT") == 17
    assert TestClient(desk.client.app).get("/calendar/mars.ics").status_code == 404
