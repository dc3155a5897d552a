"""Every error of the API is problem details (RFC 9457), and its type leads to what it means."""

from __future__ import annotations

import re

import pytest

from tests.desk.conftest import PAGE, Desk


@pytest.mark.parametrize(
    ("path", "status", "code", "title", "detail"),
    [
        ("/api/submissions/0", 404, "unknown-job", "Unknown job", "没有这个任务编号。"),
        ("/api/submissions?limit=0", 422, "wrong-use", "Wrong use", "请求有误：“limit”不能小于 1。"),
        ("/api/nothing", 404, "wrong-use", "Wrong use", "没有这个地址或方法。"),
    ],
)
def test_an_error_says_what_and_what_to_do(desk: Desk, path, status, code, title, detail):
    answer = desk.client.get(path)

    assert answer.headers["content-type"] == "application/problem+json"
    expected = {"type": f"/problems#{code}", "title": title, "status": status, "detail": detail, "code": code}
    assert (answer.status_code, answer.json()) == (status, expected)


def test_a_type_leads_to_its_explanation_without_a_key(desk: Desk):
    kind = desk.client.get("/api/submissions/0").json()["type"]
    page, _, place = kind.partition("#")

    shown = desk.client.get(page, headers={**PAGE, "Authorization": ""}).text

    assert re.search(rf'<tr id="{place}">.*没有这个任务编号', shown)


def test_a_body_that_is_too_large_is_told_the_same_way(desk: Desk):
    answer = desk.client.post("/api/submissions", content=b" " * (65 << 10))

    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (413, "too-large", 413)
