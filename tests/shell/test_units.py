"""People and portals of one unit see that unit alone: every route of the desk is asked for another's items."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi.routing import APIRoute
from PIL import Image

from desk.app import ROUTERS
from tests.shell.test_people import signed_in
from tests.up import Machine

HERE = {"Sec-Fetch-Site": "same-origin"}
# Routes that name no item, with what a unit's account is answered.
OPEN = {
    ("GET", "/api/health"): 200,
    ("GET", "/api/ready"): 200,
    ("GET", "/signin"): 200,
    ("GET", "/problems"): 200,
    ("GET", "/signin/oidc"): 404,  # no provider is set; tests/desk/test_elsewhere.py
    ("GET", "/signin/oidc/back"): 404,
    ("POST", "/searches"): 422,  # without a name
    ("POST", "/searches/{search}/remove"): 303,
    ("POST", "/signin"): 401,
    ("GET", "/account"): 200,
    ("POST", "/account/password"): 403,
    ("POST", "/account/codes"): 403,
    ("GET", "/links"): 403,
    ("POST", "/language"): 422,
    ("GET", "/send"): 200,
    ("GET", "/figures/chart.{kind}"): 422,
    ("GET", "/figures/table.xlsx"): 200,  # tests/desk/test_figures.py
    ("GET", "/hazards/new"): 200,
    ("POST", "/hazards/new"): 422,  # of nothing
    ("POST", "/hazards/import"): 422,
    ("GET", "/hazards/lists.xlsx"): 200,  # tests/desk/test_hazards.py
    ("GET", "/hazards/blank.xlsx"): 200,
    ("GET", "/evidence/package.zip"): 422,  # of a unit without items
    ("OPTIONS", "/api/tus"): 204,
    ("OPTIONS", "/api/tus/{job_id}"): 204,
}
LISTS = {
    ("GET", path) for path in ("/", "/choices", "/reports", "/evidence", "/hazards", "/figures", "/api/submissions")
}
OPERATORS = {
    ("GET", "/board"),
    ("GET", "/batches"),
    ("GET", "/batches/{batch}"),
    ("POST", "/batches/{batch}/{verb}"),
    ("POST", "/board/{job_id}/retry"),
    ("GET", "/metrics"),
    ("POST", "/api/s3-events"),
    ("GET", "/users"),
    ("GET", "/reports/contacts"),
    ("POST", "/reports/contacts/{unit}"),
    ("POST", "/users"),
    ("POST", "/users/{account}/password"),
    ("POST", "/users/{account}/close"),
}
# Tested by themselves, here and in test_people, test_packages and test_tus.
ELSEWHERE = {("POST", path) for path in ("/signout", "/api/submissions", "/packages", "/api/tus")}
# Of units, not of items: tests/desk/test_reports.py, tests/desk/test_hazards.py.
REPORT = "/reports/{unit}/{deadline}/{planned}"
HAZARD = "/hazards/{hazard}"
ELSEWHERE |= {("GET", HAZARD), ("POST", HAZARD), ("GET", f"{HAZARD}/exposure.pdf")}
ELSEWHERE |= {("GET", REPORT), ("POST", REPORT), ("POST", f"{REPORT}/decide"), ("GET", "/calendar/{unit}.ics")}


@dataclass(frozen=True, slots=True)
class Others:
    """Another unit's published photo, and who asks for it."""

    job: str
    file: str
    by_account: httpx.Client
    by_key: httpx.Client


@pytest.fixture(scope="module")
def others(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Others]:
    path = tmp_path_factory.mktemp("units") / "绝密现场.jpg"
    Image.new("RGB", (2000, 1500), "teal").save(path)
    sent = machine.send(path, unit="大溪镇")
    flags = ("--scope", "submit", "--scope", "read", "--scope", "edit", "--scope", "original", "--unit", "钱坑")
    key = machine.footage("keys", "add", "钱坑系统", *flags, "--json").objects[0]["key"]
    with signed_in(machine, "钱坑张", "unit", "--unit", "钱坑") as account, machine.asking(key) as program:
        account.headers.update(HERE)
        yield Others(sent["job"], sent["outputs"][0]["name"], account, program)


def routes() -> Iterator[tuple[str, str]]:
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            yield from ((method, route.path) for method in sorted(route.methods))


@pytest.mark.parametrize(("method", "path"), sorted({*routes()} - ELSEWHERE))
def test_no_route_shows_or_changes_an_item_of_another_unit(others, method, path):
    address = path.replace("{job_id}", others.job).replace("{name}", others.file)
    address = re.sub("{.*?}", "0", address)

    tus = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"} if "/tus" in path else {}
    body = {"size": 9, "upload": "x"} if "/parts" in path else None
    answers = [client.request(method, address, headers=tus, json=body) for client in (others.by_account, others.by_key)]

    if (method, path) in OPEN:
        assert answers[0].status_code == OPEN[method, path]
    elif (method, path) in LISTS:
        assert [answer.status_code for answer in answers] == [200, 200]
        assert not any("绝密现场" in answer.text for answer in answers)
    elif (method, path) in OPERATORS:
        assert [answer.status_code for answer in answers] == [403, 403]
    else:
        assert {"{job_id}", "{package}", "{token}"} & {*path.split("/")}, "a new route needs a rule"
        assert {answer.status_code for answer in answers} <= {403, 404}
        assert method == "HEAD" or answers[1].json()["code"] in {"unknown-job", "not-allowed", "link-ended"}


@pytest.mark.parametrize("asked", [{"unit": "大溪镇"}, {"q": "绝密现场"}, {"q": "大溪"}, {"state": "published"}])
def test_no_question_finds_another_units_items(others, asked):
    for client in (others.by_account, others.by_key):
        assert others.job not in client.get("/api/submissions", params={**asked, "limit": 500}).text
        assert others.job not in client.get("/", params=asked).text


def test_another_units_item_is_packed_neither_by_its_id_nor_by_a_search(others):
    for client in (others.by_account, others.by_key):
        headers = HERE if client is others.by_account else {}
        ticked = client.post("/packages", headers=headers, data={"item": others.job})
        searched = client.post("/packages", headers=headers, data={"query": "q=绝密现场"})

        assert (ticked.status_code, searched.status_code) == (404, 422)


def test_a_unit_submits_for_itself_and_sees_what_it_sent(others):
    refused = others.by_key.post("/api/submissions", json={"name": "a.jpg", "unit": "大溪镇"})
    taken = others.by_key.post("/api/submissions", json={"name": "a.jpg"})

    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
    assert taken.status_code == 201
    assert others.by_key.get(f"/api/submissions/{taken.json()['job']}").json()["unit"] == "钱坑镇"
    assert "钱坑镇" in others.by_account.get("/").text  # sent by the portal, seen by the people


def test_the_unit_is_not_the_clients_to_choose(others):
    for name in ("only_unit", "submitter"):
        assert others.by_key.get("/api/submissions", params={name: "x"}).status_code == 422


def test_a_package_of_evidence_of_another_unit_is_empty_and_of_its_own_holds_its_own(others):
    asked = [{"unit": "daxi"}, {"words": "绝密现场"}, {"period": "2020-07-10"}, {"programme": "zhubo"}]
    pages = [others.by_account.get("/evidence", params=params) for params in asked]
    packages = [others.by_key.get("/evidence/package.zip", params=params) for params in asked]

    assert not any("绝密现场.jpg" in page.text or "大溪镇-" in page.text for page in pages)
    assert [package.status_code for package in packages] == [422] * 4
