"""Submissions are found by their words and their facts, over any number of pages, by API and by page."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from desk.auth.signin import page_within
from storage.ledger import Ledger


@pytest.fixture(scope="module")
def announced(machine) -> list[str]:
    """Seven submissions without bytes, oldest first."""
    return [
        machine.api.post(
            "/api/submissions",
            json={"name": f"消防演练 {n}.mp4", "unit": "棉湖镇", "activity": "yanlian", "date": f"2020-06-1{n}"},
        ).json()["job"]
        for n in range(7)
    ]


def listed(machine, **asked) -> list[str]:
    answer = machine.api.get("/api/submissions", params={"unit": "棉湖镇", **asked})
    assert answer.status_code == 200, answer.text
    return [item["job"] for item in answer.json()]


def test_two_characters_of_a_unit_and_a_word_of_the_name_find_it(machine, announced):
    assert listed(machine, q="棉湖 消防") == announced[::-1]
    assert listed(machine, q="消防 3") == [announced[3]]
    assert listed(machine, q="电影") == []


def test_every_criterion_that_is_given_holds(machine, announced):
    assert listed(machine, since="2020-06-12", until="2020-06-13") == [announced[3], announced[2]]
    assert listed(machine, activity="yanlian", state="received") == announced[::-1]
    assert listed(machine, activity="xuanjiang") == []


def test_a_list_goes_on_from_page_to_page_until_its_end(machine, announced):
    address, found, pages = "/api/submissions?unit=棉湖镇&limit=3", [], 0
    while address:
        answer = machine.api.get(address)
        found += [item["job"] for item in answer.json()]
        pages += 1
        link = re.fullmatch(r'<(.+)>; rel="next"', answer.headers.get("link", ""))
        address = link[1] if link else ""

    assert found == announced[::-1]
    assert pages == 3


def test_an_answer_holds_what_was_said_of_the_file(machine, announced):
    (item,) = machine.api.get("/api/submissions", params={"q": "消防 3", "unit": "棉湖镇"}).json()

    assert (item["activity"], item["place"], item["date"]) == ("yanlian", "", "2020-06-13")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", item["received"])


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"colour": "red"}, "请求有误：没有“colour”这一项。"),
        ({"limit": "many"}, "请求有误：“limit”要写成整数。"),
        ({"limit": "0"}, "请求有误：“limit”不能小于 1。"),
        ({"since": "16.6.2020"}, "请求有误：“since”要写成 YYYY-MM-DD 的日期。"),
        ({"state": "done"}, "请求有误：“state”只能是 "),
    ],
)
def test_a_criterion_that_does_not_exist_is_told_with_what_was_expected(machine, asked, told):
    answer = machine.api.get("/api/submissions", params=asked)

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(told)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "请求有误：请求内容不是 JSON"),
        (b"", "请求有误：请求没有内容，应是 JSON"),
        (b"[]", "请求有误：请求内容要写成 JSON 对象"),
        (b"{}", "请求有误：缺少“name”。"),
        (b'{"name": "x.mp4", "date": "16.6."}', "请求有误：“date”要写成 YYYY-MM-DD 的日期。"),
        (b'{"name": "x.mp4", "urgent": "yes"}', "请求有误：“urgent”要写成 true 或 false。"),
        (b'{"name": 7, "unit": 8}', "请求有误：“name”要写成文字；“unit”要写成文字。"),
    ],
)
def test_a_wrong_body_is_told_field_by_field(machine, body, told):
    answer = machine.api.post("/api/submissions", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(told)


def test_a_hash_header_that_is_no_hash_is_told_as_such(machine, announced):
    answer = machine.api.put(f"/api/uploads/{announced[0]}", content=b"x", headers={"X-Content-SHA256": "abc"})

    assert answer.status_code == 422
    assert answer.json()["detail"] == "请求头 X-Content-SHA256 要写成 64 位十六进制的 SHA-256。"


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/?q=棉湖", "/?q=棉湖"),
        ("/files/a/master.mp4", "/files/a/master.mp4"),
        ("/signin", "/"),
        ("//elsewhere.example/", "/"),
        ("https://elsewhere.example/", "/"),
        ("/\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_after_signing_in_only_a_page_of_this_desk_is_shown(address, page):
    assert page_within(address) == page


def test_a_submission_is_cancelled_and_sent_through_again_by_the_key_that_made_it(machine, tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("no film")
    rejected = machine.send(path)

    again = machine.api.post(f"/api/submissions/{rejected['job']}/retry").json()
    announced = machine.api.post("/api/submissions", json={"name": "x.mp4"}).json()["job"]
    cancelled = machine.api.post(f"/api/submissions/{announced}/cancel").json()

    assert rejected["state"] == "rejected"
    assert again["state"] in {"queued", "running", "rejected"}
    assert machine.ended(rejected["job"])["state"] == "rejected"
    assert cancelled["state"] == "cancelled"


def test_the_original_is_for_those_who_may_have_it_and_custody_says_who(machine, tmp_path):
    path = tmp_path / "现场/照片.txt".replace("/", "-")
    path.write_text("evidence")
    job = machine.send(path, unit="南山镇", date="2020-06-16")["job"]
    keys = {
        scope: machine.footage("keys", "add", scope, "--scope", scope, "--json").objects[0]["key"]
        for scope in ("read", "original")
    }

    with machine.asking(keys["read"]) as reader, machine.asking(keys["original"]) as custodian:
        refused, served = reader.get(f"/originals/{job}"), custodian.get(f"/originals/{job}")

    assert refused.status_code == 403
    assert served.content == b"evidence"
    assert served.headers["content-type"] == "application/octet-stream"
    assert "attachment" in served.headers["content-disposition"]
    assert unquote(served.headers["content-disposition"]).endswith("2020-06-16-南山镇-现场-照片-原件.txt")
    ledger = Ledger(f"sqlite:///{machine.footage.home / 'ledger.sqlite'}")
    events = [event for event in ledger.custody.of_kinds(["original-read"]) if event.job == job]
    ledger.close()
    assert [event.detail for event in events] == [{"by": keys["original"].split("_")[1]}]


def test_each_choice_says_how_many_items_it_would_find(machine, announced):
    machine.api.post("/api/submissions", json={"name": "别处.mp4", "unit": "棉湖镇", "activity": "gongkaike"})

    page = machine.api.get("/choices", params={"unit": "棉湖镇", "activity": "yanlian"}).text

    assert re.search('value="yanlian" selected>[^<]*（7）', page)
    assert re.search('value="gongkaike">[^<]*（1）', page)  # the other choices are seen beside the one that holds
    assert re.search('value="received">[^<]*（7）', page)


def test_an_announcement_that_is_repeated_under_its_key_is_the_same_job(machine):
    key, said = {"Idempotency-Key": "门户-2020-0616-17".encode().hex()}, {"name": "重复.mp4", "unit": "东园"}

    first, second = (machine.api.post("/api/submissions", headers=key, json=said).json()["job"] for _ in range(2))
    other = machine.api.post("/api/submissions", headers=key, json={**said, "name": "别的.mp4"})
    without = machine.api.post("/api/submissions", json=said).json()["job"]

    assert first == second
    assert (other.status_code, other.json()["code"]) == (422, "key-reused")
    assert without != first
    assert len(machine.api.get("/api/submissions", params={"unit": "东园镇"}).json()) == 2
