"""The desk lets in who has a key for it, in the measure of the key, and nobody else."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.running import Footage
from tests.up import Machine, free_port, wait_until_up


@pytest.fixture(scope="module")
def portal(machine: Machine) -> Iterator[httpx.Client]:
    """A key that may only submit."""
    with machine.asking(issued(machine, "submit")) as client:
        yield client


def issued(machine: Machine, *scopes: str) -> str:
    flags = [part for scope in scopes for part in ("--scope", scope)]
    key: str = machine.footage("keys", "add", "测试", *flags, "--json").objects[0]["key"]
    return key


CLOSED = [
    ("GET", "/"),
    ("GET", "/files/0/master.mp4"),
    ("GET", "/metrics"),
    ("POST", "/api/submissions"),
    ("GET", "/api/submissions"),
    ("GET", "/api/submissions/0"),
    ("PUT", "/api/uploads/0"),
    ("POST", "/api/submissions/0/cancel"),
    ("POST", "/api/submissions/0/retry"),
    ("GET", "/originals/0"),
    ("GET", "/api/submissions/0/events"),
    ("POST", "/api/submissions/0/collect"),
    ("POST", "/api/s3-events"),
    ("POST", "/api/submissions/0/parts"),
    ("POST", "/api/submissions/0/parts/done"),
]


# Thirty wrong keys a minute are refused otherwise: not every route is asked with each.
WRONG = [(key, *route) for key in ("footage_000000000000_" + "x" * 43, "nonsense") for route in CLOSED[:9]]


@pytest.mark.parametrize(("key", "method", "path"), [*(("", *route) for route in CLOSED), *WRONG])
def test_without_a_good_key_nothing_opens(machine, key, method, path):
    with machine.asking(key) as stranger:
        answer = stranger.request(method, path)

    assert (answer.status_code, answer.json()["code"]) == (401, "no-key")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_every_route_but_the_named_ones_is_closed(machine):
    spoken = machine.api.get("/openapi.json").json()["paths"]
    routes = {(method.upper(), path.replace("{job_id}", "0")) for path, methods in spoken.items() for method in methods}

    assert routes - set(CLOSED) == {("GET", "/api/health")}


def test_a_key_that_may_only_submit_sees_its_own_submissions_and_no_file(machine, portal, tmp_path):
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (2000, 1500), "teal").save(path)
    others = machine.send(path)
    mine = portal.post("/api/submissions", json={"name": "mine.jpg"}).json()

    assert portal.get(f"/api/submissions/{mine['job']}").json()["state"] == "received"
    assert [item["job"] for item in portal.get("/api/submissions").json()] == [mine["job"]]
    assert portal.get(f"/api/submissions/{others['job']}").status_code == 404
    assert portal.put(f"/api/uploads/{others['job']}", content=path.read_bytes()).status_code == 404
    assert portal.get(others["outputs"][0]["url"]).status_code == 403
    assert portal.get("/").json()["code"] == "not-allowed"


def test_a_key_that_may_only_read_can_not_submit(machine):
    with machine.asking(issued(machine, "read")) as reader:
        assert reader.get("/api/submissions").status_code == 200
        assert reader.post("/api/submissions", json={"name": "x.jpg"}).status_code == 403


def test_a_revoked_key_and_its_sessions_are_refused(machine):
    key = issued(machine, "read")
    with machine.asking() as browser:
        browser.post("/signin", data={"key": key})
        assert browser.get("/").status_code == 200

        machine.footage("keys", "revoke", key.split("_")[1])

        assert browser.get("/").status_code == 401
    with machine.asking(key) as program:
        assert program.get("/api/submissions").status_code == 401


def test_a_session_is_no_key_and_opens_no_other_session(machine):
    with machine.asking() as browser:
        browser.post("/signin", data={"key": machine.key})
        session = browser.cookies["footage_session"]

    with machine.asking(session) as program:
        assert program.post("/api/submissions", json={"name": "x.jpg"}).status_code == 401
        assert program.post("/signin", data={"key": session}).status_code == 401
    with machine.asking() as browser:
        browser.cookies.set("footage_session", machine.key)
        assert browser.get("/").status_code == 401


def test_a_form_that_is_none_is_answered_and_not_a_server_error(machine):
    with machine.asking() as browser:
        assert browser.post("/signin", content=b"a=&" * 50).status_code == 401


def test_an_address_with_a_stroke_too_many_sends_nobody_elsewhere(machine):
    answer = machine.api.get("/api/health/", headers={"Host": "evil.example"})

    assert answer.status_code == 404


def test_only_digests_are_kept_and_the_first_key_lies_where_only_its_owner_reads(machine):
    key = issued(machine, "read")
    home = machine.footage.home
    with sqlite3.connect(home / "ledger.sqlite") as ledger:
        rows = json.dumps(ledger.execute("SELECT * FROM keys").fetchall())

    assert key.split("_")[1] in rows
    assert key.split("_", 2)[2] not in rows
    assert stat.S_IMODE((home / "access-key").stat().st_mode) == 0o600
    logs = "".join(path.read_text() for path in [*home.glob("log/*"), *home.glob("test-*.log")])
    assert key not in logs
    assert machine.key not in logs


def test_a_session_opens_pages_and_changes_nothing(machine):
    with machine.asking() as browser:
        signed = browser.post("/signin", data={"key": machine.key})
        cookie = signed.headers["set-cookie"]

        assert (signed.status_code, signed.headers["location"]) == (303, "/")
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert machine.key.split("_", 2)[2] not in cookie
        assert browser.get("/").status_code == 200
        assert browser.post("/api/submissions", json={"name": "x.jpg"}).status_code == 401


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
@pytest.mark.parametrize("path", ["/signin", "/signout"])
def test_a_form_of_another_site_is_refused(machine, headers, path):
    with machine.asking() as browser:
        answer = browser.post(path, data={"key": machine.key}, headers=headers)

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_signing_in_goes_nowhere_but_to_the_page(machine):
    with machine.asking() as browser:
        answer = browser.post("/signin?next=http://evil.example", data={"key": machine.key, "next": "//evil.example"})

    assert answer.headers["location"] == "/"


def test_pages_run_our_own_scripts_alone_and_are_framed_and_kept_by_nobody(machine):
    headers = machine.api.get("/").headers

    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "connect-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "media-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


def test_a_body_over_its_limit_is_refused_whether_it_says_its_size_or_not(machine):
    large = b'{"name": "' + b"x" * (70 << 10) + b'"}'

    told = machine.api.post("/api/submissions", content=large)
    untold = machine.api.post("/api/submissions", content=iter([large[: 40 << 10], large[40 << 10 :]]))

    assert [told.status_code, untold.status_code] == [413, 413]
    assert told.json()["code"] == "too-large"


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "-rf",
        "a\r\nSet-Cookie: x=1.mp4",
        "\u202egpj.exe",
        "😀" * 300,
        "<script>alert(1)</script>",
        "名" * 300,
    ],
)
def test_a_name_is_shown_as_text_and_can_not_act(machine, tmp_path, name):
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (2000, 1500), "teal").save(path)
    announced = machine.api.post("/api/submissions", json={"name": name, "unit": name[:200], "place": name[:200]})
    machine.api.put(announced.json()["upload"], content=path.read_bytes())

    state = machine.ended(announced.json()["job"])

    assert (state["state"], state["name"]) == ("published", name)
    saved = machine.api.get(state["outputs"][0]["url"], params={"download": 1})
    page = machine.api.get("/").text
    assert saved.status_code == 200
    assert "set-cookie" not in saved.headers
    assert "\r" not in saved.headers["content-disposition"]
    assert "%E2%80%AE" not in saved.headers["content-disposition"]
    assert "<script>" not in page
    assert page.count("<script") == page.count('<script src="/static/') + page.count(
        '<script type="module" src="/static/'
    )
    assert "\u202e" not in page


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[httpx.Client]:
    """A desk alone that lets a key ask five times a minute."""
    footage, port = Footage(tmp_path / "own"), free_port()
    key = footage("keys", "add", "测试", "--scope", "read", "--json").objects[0]["key"]
    process = footage.start("serve", "--port", str(port), FOOTAGE_REQUESTS_PER_MINUTE="5")
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as api:
            wait_until_up(api)
            api.headers["Authorization"] = f"Bearer {key}"
            yield api
    finally:
        process.terminate()
        process.wait(60)


def test_who_asks_too_often_or_tries_too_many_keys_is_told_to_wait(strict):
    good = [strict.get("/api/submissions") for _ in range(6)]
    strict.headers["Authorization"] = "Bearer nonsense"
    wrong = [strict.get("/api/submissions").status_code for _ in range(31)]

    assert [answer.status_code for answer in good] == [200] * 5 + [429]
    assert good[5].headers["retry-after"] == "60"
    assert wrong == [401] * 30 + [429]
