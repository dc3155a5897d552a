"""People sign in by name and password, in the measure of their role; what changes something comes from our pages."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pyotp
import pytest

from tests.up import Machine, printed

HERE = {"Sec-Fetch-Site": "same-origin"}
NEW = "好记又难猜的一整句话"


@contextmanager
def signed_in(machine: Machine, name: str, role: str, *more: str) -> Iterator[httpx.Client]:
    """A browser of a new account that has changed its first password."""
    password = machine.footage("users", "add", name, "--role", role, *more, "--json").objects[0]["password"]
    with machine.asking() as browser:
        browser.headers["Accept"] = "text/html"
        assert browser.post("/signin", data={"name": name, "password": password}).headers["location"] == "/"
        changed = browser.post("/account/password", headers=HERE, data=passwords(password, NEW))
        assert (changed.status_code, changed.headers["location"]) == (303, "/")
        yield browser


_SESSIONS: dict[tuple[str, ...], dict[str, str]] = {}


@contextmanager
def in_session(machine: Machine, role: str, *more: str) -> Iterator[httpx.Client]:
    """A browser of somebody of this role, at each call the same, who has signed in once: a password costs its time."""
    who = (str(machine.footage.home), role, *more)
    if who not in _SESSIONS:
        with signed_in(machine, f"测试{os.urandom(4).hex()}", role, *more) as person:
            _SESSIONS[who] = dict(person.cookies)
    with machine.asking() as browser:
        browser.headers["Accept"] = "text/html"
        browser.cookies.update(_SESSIONS[who])
        yield browser


def passwords(old: str, new: str, again: str = "") -> dict[str, str]:
    return {"old": old, "new": new, "again": again or new}


@pytest.fixture(scope="module")
def editor(machine: Machine) -> Iterator[httpx.Client]:
    with signed_in(machine, "周编辑", "publicity") as browser:
        yield browser


@pytest.fixture(scope="module")
def newcomer(machine: Machine) -> Iterator[tuple[httpx.Client, str]]:
    """A browser of an operator who has just been added, and the first password."""
    password = machine.footage("users", "add", "郑试", "--role", "operator", "--json").objects[0]["password"]
    with machine.asking() as browser:
        browser.headers["Accept"] = "text/html"
        browser.post("/signin", data={"name": "郑试", "password": password})
        yield browser, password


def test_a_first_password_opens_nothing_but_its_own_change(newcomer):
    browser, _ = newcomer

    pages = [browser.get(path) for path in ("/", "/users", "/api/submissions")]

    assert [page.status_code for page in pages] == [303, 303, 403]
    assert pages[0].headers["location"] == "/account"
    assert browser.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("new", "again", "said"),
    [
        ("short", "", "至少 10 位"),
        (NEW, NEW + "。", "不一样"),
        ("1234567890", "", "太容易猜到"),
        ("郑试密码-郑试密码-郑试", "", "太容易猜到"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(newcomer, new, again, said):
    browser, password = newcomer

    answer = browser.post("/account/password", headers=HERE, data=passwords(password, new, again))

    assert answer.status_code == 422
    assert said in answer.text


def test_a_changed_password_ends_every_other_session(machine):
    with signed_in(machine, "冯两台", "reviewer") as first, machine.asking() as second:
        second.headers["Accept"] = "text/html"
        second.post("/signin", data={"name": "冯两台", "password": NEW})
        assert second.get("/").status_code == 200

        first.post("/account/password", headers=HERE, data=passwords(NEW, NEW + "二"))

        assert (first.get("/").status_code, second.get("/").status_code) == (200, 401)


def test_wrong_names_and_passwords_are_answered_alike(machine, editor):
    with machine.asking() as stranger:
        answers = [stranger.post("/signin", data={"name": n, "password": "x"}) for n in ("周编辑", "没有这个人")]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert len({re.sub('value="[^"]*"', "", answer.text) for answer in answers}) == 1


def test_one_time_codes_are_asked_for_once_a_phone_has_shown_a_right_one(machine):
    with signed_in(machine, "陈两步", "custodian") as browser:
        page = browser.get("/account").text
        secret = re.search('name="secret" value="([A-Z2-7]+)"', page)[1]
        code, said = pyotp.TOTP(secret).now(), {"secret": secret, "password": NEW}
        wrong = browser.post("/account/codes", headers=HERE, data={**said, "code": "000000"})
        unconfirmed = browser.post("/account/codes", headers=HERE, data={"secret": secret, "code": code})
        browser.post("/account/codes", headers=HERE, data={**said, "code": code})
        over = browser.post("/account/codes", headers=HERE, data={**said, "code": code})

    assert unconfirmed.status_code == 403
    assert over.status_code == 422
    assert "动态码不对" in wrong.text
    with machine.asking() as browser:
        without = browser.post("/signin", data={"name": "陈两步", "password": NEW})
        said = {"name": "陈两步", "password": NEW, "code": pyotp.TOTP(secret).now()}
        assert (without.status_code, browser.post("/signin", data=said).status_code) == (401, 303)


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_session_changes_nothing_unless_our_own_page_asks(editor, headers):
    assert editor.post("/api/submissions", headers=headers, json={"name": "x.jpg"}).status_code == 401


def test_an_operator_adds_resets_and_closes_accounts_on_the_page(machine):
    with in_session(machine, "operator") as operator, machine.asking() as browser:
        operator.headers.update(HERE)
        added = operator.post("/users", data={"name": "钱新人", "role": "unit", "unit": "龙潭镇"})
        twice = operator.post("/users", data={"name": "钱新人", "role": "unit", "unit": "龙潭镇"})
        without = operator.post("/users", data={"name": "钱新人二", "role": "unit"})
        password = re.search('id="issued">([^<]+)<', added.text)[1]
        assert browser.post("/signin", data={"name": "钱新人", "password": password}).status_code == 303
        account = re.search(r'/users/(\w+)/close"><button[^>]*停用钱新人"', operator.get("/users").text)[1]

        operator.post(f"/users/{account}/close")

        assert "已经有账号" in twice.text
        assert "要写明单位" in without.text
        assert browser.get("/account").status_code == 401
        assert browser.post("/signin", data={"name": "钱新人", "password": password}).status_code == 401


def test_who_is_no_operator_manages_nobody(editor):
    answers = [editor.get("/users"), editor.post("/users", headers=HERE, data={"name": "x", "role": "operator"})]

    assert [answer.status_code for answer in answers] == [403, 403]


def test_the_first_start_tells_who_signs_in_and_the_log_does_not(machine):
    home = machine.footage.home
    name, password = printed(home / "test-up.log", "姓名 (管理员) ，初始密码 (\\S+) ", time.monotonic() + 10)
    with machine.asking() as browser:
        signed = browser.post("/signin", data={"name": name, "password": password})

    kept = "".join(path.read_text() for path in (home / "log").glob("*"))
    assert signed.status_code == 303
    assert kept
    assert password not in kept
