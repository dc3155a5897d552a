"""The publicity team's page in a real Chromium: it is seen, it plays, it downloads."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.media import clips
from tests.up import Machine

_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    chromium = shutil.which("chromium")
    if chromium is None and not os.environ.get("CI"):
        pytest.skip("no chromium on this machine (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_QUIET)
        context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
        yield context.new_page()
        browser.close()


@pytest.fixture(scope="module")
def sent(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> dict:
    path = clips.make(tmp_path_factory.mktemp("page") / "厂区巡查.mp4", clips.Clip(seconds=9, rate="25"))
    return machine.send(path, unit="龙潭镇", place="一号车间")


@pytest.fixture(scope="module", autouse=True)
def signed_in(machine: Machine, page: Page) -> None:
    page.goto(str(machine.api.base_url))
    page.get_by_label("访问密钥").fill("footage_wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_have_text("需要访问密钥，或密钥已失效。")
    page.get_by_label("访问密钥").fill(machine.key)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("button", name="查找")).to_be_visible()


def test_what_was_published_is_found_by_its_unit(machine, sent, page):
    page.goto(str(machine.api.base_url))
    page.get_by_label("单位").fill("龙潭镇")
    page.get_by_role("button", name="查找").click()

    card = page.locator(f"#job-{sent['job']}")
    expect(card.get_by_role("heading", name="厂区巡查.mp4")).to_be_visible()
    expect(card.locator(".state")).to_have_text("已发布")
    expect(page.locator("article")).to_have_count(1)


def test_the_master_plays(machine, sent, page):
    page.goto(f"{machine.api.base_url}/?unit=龙潭镇")

    master = next(output for output in sent["outputs"] if output["role"] == "master")
    video = page.locator(f"#job-{sent['job']} video").first
    played = video.evaluate(
        """async video => {
            video.muted = true;
            await video.play();
            for (let n = 0; n < 200 && video.currentTime <= 0.3; n++) await new Promise(done => setTimeout(done, 50));
            return {at: video.currentTime, width: video.videoWidth, height: video.videoHeight, error: video.error};
        }"""
    )

    assert played["at"] > 0.3
    assert (played["width"], played["height"], played["error"]) == (master["width"], master["height"], None)


def test_the_master_downloads_whole(machine, sent, page):
    page.goto(f"{machine.api.base_url}/?unit=龙潭镇")

    with page.expect_download() as waiting:
        page.locator(f"#job-{sent['job']}").get_by_role("link", name="下载成片").click()

    master = next(output for output in sent["outputs"] if output["role"] == "master")
    assert waiting.value.suggested_filename == "厂区巡查-master.mp4"
    assert hashlib.sha256(Path(waiting.value.path()).read_bytes()).hexdigest() == master["sha256"]


def test_the_page_asks_nobody_else_and_complains_of_nothing(machine, sent, page):
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    page.goto(str(machine.api.base_url), wait_until="networkidle")

    base = str(machine.api.base_url).rstrip("/")
    assert [url for url in asked if not url.startswith(base)] == []
    assert [text for text in complaints if "favicon" not in text] == []


def test_whoever_signs_out_sees_nothing_more(machine, page):
    page.goto(str(machine.api.base_url))
    cookies = page.context.cookies()

    page.get_by_role("button", name="退出").click()

    expect(page.get_by_label("访问密钥")).to_be_visible()
    page.context.add_cookies(cookies)  # a copy of the cookie is worth nothing either
    page.goto(str(machine.api.base_url))
    expect(page.get_by_label("访问密钥")).to_be_visible()
