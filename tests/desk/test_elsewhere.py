"""People sign in by the county's identity provider: a real one, small, on this machine."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from oidc_provider_mock import User, run_server_in_thread
from pydantic import SecretStr
from starlette.testclient import TestClient

from desk.identity import Provider, further_claims
from pipelines.domain.errors import WrongUse
from storage.ledger import Ledger
from tests.desk.conftest import PAGE, Desk, opened
from worker.doctor import examine
from worker.settings import Settings, load

PEOPLE = [
    User(sub="17", claims={"preferred_username": "王编辑"}),
    User(sub="18", claims={"preferred_username": "外人"}),
    User(sub="19", claims={"preferred_username": "李编辑"}),
]


@dataclass(frozen=True, slots=True)
class Door:
    """A desk with a provider, and the browser of somebody at it."""

    ledger: Ledger
    browser: TestClient

    def sent_to(self, to: str = "/") -> str:
        """Press the button; return the provider's address."""
        answer = self.browser.get("/signin/oidc", params={"to": to}, follow_redirects=False)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def sign_in(self, sub: str, to: str = "/") -> httpx.Response:
        """Sign in at the provider and follow its answer back."""
        return self.browser.get(back(self.sent_to(to), sub=sub), headers=PAGE, follow_redirects=False)


def back(address: str, **form: str) -> str:
    """Answer the provider's form as a person does; return the address that it sends the browser to."""
    answer = httpx.post(address, data=form)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"].replace("http://testserver", "")


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with run_server_in_thread(require_nonce=True, user_claims=PEOPLE) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def provider(issuer: str) -> Provider:
    return Provider(issuer, "footage", "geheim")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Desk]:
    """A desk with the provider, and one account: what its password costs is paid once."""
    folder = tmp_path_factory.mktemp("house")
    with opened(Settings(home=folder / "home", sandbox="off", reserve_bytes=0), folder, provider) as desk:
        desk.ledger.accounts.add("王编辑", "publicity", "", "一个谁也猜不到的密码")
        yield desk


@pytest.fixture
def door(house: Desk) -> Door:
    """Somebody at it who was never here before."""
    return Door(house.ledger, TestClient(house.client.app, raise_server_exceptions=False))


def test_the_page_offers_it_only_where_there_is_a_provider(door, desk):
    assert "/signin/oidc?to=" in door.browser.get("/signin", headers=PAGE).text
    assert "/signin/oidc" not in desk.client.get("/signin", headers=PAGE).text
    assert desk.client.get("/signin/oidc").status_code == 404


def test_who_has_an_account_of_that_name_is_in_and_sees_the_page_that_was_asked_for(door):
    answer = door.sign_in("17", to="/?q=井盖")

    assert (answer.status_code, answer.headers["location"]) == (303, "/?q=%E4%BA%95%E7%9B%96")
    page = door.browser.get("/", headers=PAGE)
    assert page.status_code == 200
    assert "王编辑" in page.text


def test_who_has_no_account_is_refused_with_a_sentence(door):
    answer = door.sign_in("18")

    assert answer.status_code == 403
    assert "您的统一账号在本系统还没有开通" in answer.text
    assert door.browser.get("/", headers=PAGE, follow_redirects=False).status_code == 401


def test_a_closed_account_opens_nothing(door):
    account = door.ledger.accounts.add("李编辑", "publicity", "", "一个谁也猜不到的密码")
    door.ledger.accounts.close(account.id)

    assert door.sign_in("19").status_code == 403


def test_the_question_carries_state_nonce_and_a_challenge(door):
    asked = parse_qs(urlsplit(door.sent_to()).query)

    assert asked["response_type"] == ["code"]
    assert asked["scope"] == ["openid profile"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://testserver/signin/oidc/back"]
    assert all(len(asked[name][0]) >= 16 for name in ("state", "nonce", "code_challenge"))


def test_the_answer_to_another_browser_s_question_is_refused(door):
    answered = back(door.sent_to(), sub="17")
    stranger = TestClient(door.browser.app)

    answer = stranger.get(answered, headers=PAGE, follow_redirects=False)

    assert answer.status_code == 403
    assert "footage_session" not in answer.cookies


@pytest.mark.parametrize("spoil", [lambda url: re.sub("code=[^&]*", "code=x", url), lambda url: url + "x"])
def test_a_spoilt_answer_is_refused_with_a_sentence(door, spoil):
    answer = door.browser.get(spoil(back(door.sent_to(), sub="17")), headers=PAGE, follow_redirects=False)

    assert answer.status_code == 403
    assert "统一账号登录没有完成" in answer.text


def test_an_answer_is_good_for_one_session(door):
    answered = back(door.sent_to(), sub="17")
    assert door.browser.get(answered, follow_redirects=False).status_code == 303

    assert door.browser.get(answered, headers=PAGE, follow_redirects=False).status_code == 403


def test_who_declines_at_the_provider_is_back_at_the_form(door):
    answer = door.browser.get(back(door.sent_to(), action="deny"), headers=PAGE, follow_redirects=False)

    assert answer.status_code == 403
    assert "统一账号登录没有完成" in answer.text


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """A server that answers everything with these bytes, as JSON."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def pressed(tmp_path: Path, provider: Provider) -> httpx.Response:
    """What the button of a desk with this provider answers."""
    with opened(Settings(home=tmp_path / "home", sandbox="off", reserve_bytes=0), tmp_path, provider) as desk:
        return TestClient(desk.client.app).get("/signin/oidc", headers=PAGE, follow_redirects=False)


def test_a_provider_that_is_away_is_told_and_passwords_still_work(tmp_path, provider):
    answer = pressed(tmp_path, replace(provider, issuer="http://127.0.0.1:9"))

    assert answer.status_code == 503
    assert "统一账号服务没有应答" in answer.text
    assert 'name="password"' in answer.text
    assert "/signin/oidc?to=" in answer.text


@pytest.mark.parametrize(
    "metadata",
    [
        b"<html>maintenance</html>",
        b'{"issuer": null}',
        b'{"issuer": "http://another.example", "authorization_endpoint": "http://another.example/a"}',
        b"{}",
        b"[]",
    ],
)
def test_a_provider_that_is_another_or_talks_nonsense_is_refused(tmp_path, provider, metadata):
    with answering(metadata) as issuer:
        answer = pressed(tmp_path, replace(provider, issuer=issuer))

    assert answer.status_code == 403
    assert "统一账号登录没有完成" in answer.text


def test_claims_of_another_subject_are_not_taken():
    class Another:
        async def userinfo(self, token: object) -> dict[str, str]:
            return {"sub": "18", "preferred_username": "王编辑"}

    assert asyncio.run(further_claims(Another(), {}, "18"))["preferred_username"] == "王编辑"
    assert asyncio.run(further_claims(Another(), {}, "17")) == {}


def test_a_page_that_asks_for_a_sign_in_offers_it_too(door):
    answer = door.browser.get("/?unit=a", headers=PAGE)

    assert answer.status_code == 401
    assert "/signin/oidc?to=%2F%3Funit%3Da" in answer.text


def test_the_provider_s_secret_is_in_no_text(provider):
    assert "geheim" not in repr(provider)
    assert "geheim" not in provider.session_secret


def test_settings_that_name_a_provider_without_a_client_are_refused(monkeypatch):
    monkeypatch.setenv("FOOTAGE_OIDC_ISSUER", "https://id.example.gov.cn")

    with pytest.raises(WrongUse, match="FOOTAGE_OIDC_CLIENT_SECRET"):
        load()


@pytest.mark.parametrize(("path", "ok"), [("", True), ("/other", False)])
def test_the_doctor_asks_the_provider_for_its_name(path, ok, tmp_path, issuer):
    asked = {"oidc_issuer": issuer + path, "oidc_client_id": "footage", "oidc_client_secret": SecretStr("geheim")}

    checks = {check.name: check for check in examine(Settings(home=tmp_path, sandbox="off", **asked))}

    assert (checks["identity provider"].ok, checks["identity provider"].needed) == (ok, ok)
