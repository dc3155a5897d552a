"""The pages are in Chinese until somebody switches them; their English is whole, and nothing in it is left over."""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jinja2 import Environment, nodes
from starlette.testclient import TestClient

from desk.language import COOKIE
from pipelines.jobs.people import People
from tests.desk import words
from tests.desk.conftest import PAGE, Desk, opened
from worker.settings import Settings

PASSWORD = "a long one, and easy to keep"
PLACES = re.compile(r"%\(\w+\)s|\{\w+\}|%%|<[^>]+>")


def test_every_word_of_the_pages_has_english_and_none_is_left_over():
    shown, there = words.of_pages(), words.catalogue()

    assert (shown - there.keys(), there.keys() - shown) == (set(), set())
    assert [text for text, forms in there.items() if not all(forms)] == []


def test_every_word_of_the_scripts_has_english_and_none_is_left_over():
    said, there = words.of_scripts(), words.of_the_scripts_table()

    assert (said - there.keys(), there.keys() - said) == (set(), set())
    assert words.written_past_the_table() == []


def test_values_and_markup_are_the_same_in_both_languages():
    pairs = [(text, form) for text, forms in words.catalogue().items() for form in forms]
    pairs += words.of_the_scripts_table().items()

    assert [text for text, said in pairs if sorted(PLACES.findall(text)) != sorted(PLACES.findall(said))] == []


def test_english_is_safe_in_an_attribute_and_holds_no_chinese():
    bare = [PLACES.sub("", form) for forms in words.catalogue().values() for form in forms]

    assert [text for text in bare if re.search('[<>"&%]', text) or words.HAN.search(text)] == []


def test_templates_hand_only_written_texts_to_what_does_not_escape():
    calls = [
        (path.name, call.lineno)
        for path in words.TEMPLATES.rglob("*.html")
        for call in Environment(extensions=["jinja2.ext.i18n"]).parse(path.read_text("utf-8")).find_all(nodes.Call)
        if getattr(call.node, "name", "") in {"_", "gettext"} and not isinstance(call.args[0], nodes.Const)
    ]

    assert calls == []


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk that is only read."""
    folder = tmp_path_factory.mktemp("office")
    with opened(Settings(home=folder / "home", sandbox="off", reserve_bytes=0), folder) as at:
        yield at


@pytest.fixture(scope="module")
def reader(office: Desk) -> TestClient:
    """An operator with the pages in English."""
    return reading(office)


def reading(desk: Desk) -> TestClient:
    people = People(desk.context)
    account, _ = people.add("Li", "operator", "")
    people.accounts.set_password(account.id, PASSWORD)
    client = TestClient(desk.client.app, headers=PAGE, cookies={COOKIE: "en"})
    client.post("/signin", data={"name": "Li", "password": PASSWORD})
    return client


def names_of(value: Any) -> Iterator[str]:
    """Every text of a campaign, which is data."""
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value):
        yield from (name for field in dataclasses.fields(value) for name in names_of(getattr(value, field.name)))
    elif isinstance(value, Mapping):
        yield from (name for part in value.values() for name in names_of(part))
    elif hasattr(value, "model_fields_set"):
        yield from (name for field in type(value).model_fields for name in names_of(getattr(value, field)))
    elif isinstance(value, tuple | list):
        yield from (name for part in value for name in names_of(part))


@pytest.mark.parametrize(
    "path",
    ["/", "/?q=a", "/choices", "/send", "/links", "/board", "/users", "/account", "/problems", "/signin", "/nowhere"],
)
def test_a_page_in_english_holds_no_chinese_but_names(office: Desk, reader: TestClient, path):
    shown = html.unescape(reader.get(path).text)

    assert path == "/choices" or '<html lang="en">' in shown
    for name in sorted({"中文", *names_of(office.context.campaign)}, key=len, reverse=True):
        shown = shown.replace(name, "") if name else shown
    assert [line for line in shown.splitlines() if words.HAN.search(line)] == []


def test_an_item_is_worded_in_english_and_its_data_is_not(desk: Desk):
    job = desk.submit("巡查.mp4", unit="棉湖镇")

    shown = reading(desk).get(f"/items/{job.id}").text

    assert [word in shown for word in ("巡查.mp4", "棉湖镇", "Waiting for upload", "Chain of custody")] == [True] * 4
    assert "待上传" not in shown


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_an_error_quotes_is_shown_as_text(desk: Desk, language):
    desk.client.cookies.set(COOKIE, language)

    shown = desk.client.post("/users", data={"name": "Li", "role": "<b>100%</b>"}, headers=PAGE).text

    assert "&lt;b&gt;100%&lt;/b&gt;" in shown


@pytest.mark.parametrize(
    ("language", "told"), [("zh", "账号“&lt;b&gt;”的初始密码："), ("en", "First password of the account “&lt;b&gt;”:")]
)
def test_values_stand_in_a_sentence_as_text(desk: Desk, language, told):
    desk.client.cookies.set(COOKIE, language)

    shown = desk.client.post("/users", data={"name": "<b>", "role": "operator"}, headers=PAGE).text

    assert re.search(rf'{told} ?<code id="issued">[^<]+</code>', shown)


def test_an_error_is_told_in_english_on_a_page_and_in_chinese_by_the_api(reader: TestClient):
    page, answer = reader.get("/nothing"), reader.get("/api/nothing")

    assert "There is no such address or method." in page.text
    assert answer.json()["detail"] == "没有这个地址或方法。"


def test_the_switch_keeps_the_language_and_returns_to_the_page(desk: Desk):
    shown = desk.client.get("/?unit=a&q=b", headers=PAGE).text
    (to,) = re.findall(r'action="/language">\s*<input type="hidden" name="to" value="([^"]*)"', shown)

    answer = desk.client.post("/language", data={"language": "en", "to": html.unescape(to)}, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, "/?unit=a&q=b")
    kept = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
    assert kept == {"footage_language=en", "httponly", "max-age=31536000", "path=/", "samesite=lax"}
    assert '<html lang="en">' in desk.client.get("/", headers=PAGE).text
    desk.client.post("/language", data={"language": "zh"})
    assert '<html lang="zh-CN">' in desk.client.get("/", headers=PAGE).text


@pytest.mark.parametrize("to", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "signin"])
def test_the_switch_returns_to_no_other_site(desk: Desk, to):
    answer = desk.client.post("/language", data={"language": "en", "to": to}, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_the_switch_takes_two_languages_and_no_form_of_another_site(desk: Desk):
    other = desk.client.post("/language", data={"language": "fr"})
    forged = desk.client.post("/language", data={"language": "en"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert (other.status_code, forged.status_code) == (422, 403)
    assert COOKIE not in desk.client.cookies


@pytest.mark.parametrize("cookies", [{}, {COOKIE: "fr"}, {COOKIE: ""}])
def test_without_a_choice_the_pages_are_chinese_whatever_the_browser_prefers(desk: Desk, cookies):
    asking = TestClient(desk.client.app, headers={**PAGE, "Accept-Language": "en-GB,en;q=0.9"}, cookies=cookies)

    shown = asking.get("/signin").text

    assert '<html lang="zh-CN">' in shown
    assert "用访问密钥登录" in shown
