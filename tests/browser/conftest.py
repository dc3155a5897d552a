"""A real Chromium at a whole machine, signed in as somebody of the publicity team."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.chromium import QUIET, chromium
from tests.media import clips
from tests.shell.test_people import in_session
from tests.up import Machine

expect.set_options(timeout=20_000)  # milliseconds; other tests run beside these

# Plays a film; answers with where it is after a third of a second, and with the picture's size.
PLAY = """async video => {
    video.muted = true;
    await video.play();
    for (let n = 0; n < 200 && video.currentTime <= 0.3; n++) await new Promise(go => setTimeout(go, 50));
    return [video.currentTime, video.videoWidth, video.videoHeight];
}"""
PASSWORD = "好记又难猜的一整句话"


@pytest.fixture(scope="module")  # no longer: its event loop would be in the way of other tests' own
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None and not os.environ.get("CI"):
        pytest.skip("no chromium on this machine (Debian: apt install chromium-headless-shell)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def page(browser: Browser, machine: Machine) -> Iterator[Page]:
    """A page of 1280 by 900 pixels, signed in as an operator, who may do everything."""
    with_session = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
    come_in(with_session, machine, "operator")
    yield with_session.new_page()
    with_session.close()


@pytest.fixture(scope="session")
def sent(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A film of nine seconds that shows its frame numbers, published."""
    path = clips.make(tmp_path_factory.mktemp("page") / "厂区巡查.mp4", clips.Clip(seconds=9, rate="25"))
    return machine.send(path, unit="龙潭镇", place="一号车间")


def come_in(context: BrowserContext, machine: Machine, role: str, *more: str) -> None:
    """Let the pages of a context be somebody's of this role, who has signed in once; `sign_in` shows that by hand."""
    base = str(machine.api.base_url)
    with in_session(machine, role, *more) as person:
        cookies = [(str(name), str(value)) for name, value in person.cookies.items()]
    context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies])


def sign_in(page: Page, machine: Machine, role: str, *more: str) -> str:
    """Make an account, sign in, change the first password as the page asks; return the name."""
    name = f"测试{os.urandom(4).hex()}"
    first = machine.footage("users", "add", name, "--role", role, *more, "--json").objects[0]["password"]
    page.goto(str(machine.api.base_url))
    _enter(page, name, first)
    page.get_by_label("现在的密码").fill(first)
    page.get_by_label("新密码（至少 10 位）").fill(PASSWORD)
    page.get_by_label("再输一次新密码").fill(PASSWORD)
    page.get_by_role("button", name="改密码").click()
    expect(page.get_by_role("button", name="查找")).to_be_visible()
    return name


def enter(page: Page, machine: Machine, name: str) -> None:
    """Sign in as somebody who has done so before."""
    page.goto(str(machine.api.base_url))
    _enter(page, name, PASSWORD)


def _enter(page: Page, name: str, password: str) -> None:
    page.get_by_label("姓名").fill(name)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录", exact=True).click()
