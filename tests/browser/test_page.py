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
    assert waiting.value.suggested_filename == "龙潭镇-厂区巡查-master.mp4"
    assert hashlib.sha256(Path(waiting.value.path()).read_bytes()).hexdigest() == master["sha256"]


def test_the_page_asks_nobody_else_and_complains_of_nothing(machine, sent, page):
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    page.goto(str(machine.api.base_url), wait_until="networkidle")

    base = str(machine.api.base_url).rstrip("/")
    assert [url for url in asked if not url.startswith(base)] == []
    assert [text for text in complaints if "favicon" not in text] == []


def test_nothing_of_a_film_but_a_small_poster_comes_before_somebody_asks_for_it(machine, sent, page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))

    page.goto(f"{machine.api.base_url}/?q=龙潭 巡查", wait_until="networkidle")
    before = [name for name in asked if name.endswith((".mp4", ".jpg"))]
    page.locator(f"#job-{sent['job']}").get_by_text("剧照").click()
    expect(page.get_by_alt_text("剧照 1")).to_be_visible()
    page.wait_for_load_state("networkidle")

    assert set(before) == {"thumbnail-640.jpg"}
    assert "still-1.jpg" in asked


def test_a_word_of_two_characters_finds_and_one_that_is_nowhere_says_so(machine, sent, page):
    page.goto(str(machine.api.base_url))

    page.get_by_label("查找").fill("龙潭")
    page.get_by_role("button", name="查找").click()
    expect(page.locator(f"#job-{sent['job']}")).to_be_visible()
    page.get_by_label("查找").fill("没有这个词")
    page.get_by_role("button", name="查找").click()

    expect(page.get_by_text("没有符合条件的素材")).to_be_visible()
    expect(page.get_by_role("link", name="看全部")).to_be_visible()


def test_what_was_sent_before_the_newest_is_on_the_next_page(machine, sent, page):
    for number in range(2):
        machine.api.post("/api/submissions", json={"name": f"{number}.mp4", "unit": "金和镇"})

    page.goto(f"{machine.api.base_url}/?unit=金和镇&limit=1")
    expect(page.get_by_role("heading", name="1.mp4")).to_be_visible()
    page.get_by_role("link", name="更早的素材").click()

    expect(page.get_by_role("heading", name="0.mp4")).to_be_visible()
    expect(page.locator("article")).to_have_count(1)


def test_a_phone_shows_the_title_and_the_way_out_beside_each_other(machine, page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(str(machine.api.base_url))

    title, out = (page.locator(at).bounding_box() for at in ("h1", ".title button"))
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 900})

    assert title is not None
    assert out is not None
    assert title["x"] + title["width"] <= out["x"]
    assert wide == 390


def test_an_address_that_was_sent_to_a_colleague_is_shown_after_signing_in(machine, sent, page):
    page.context.clear_cookies()

    page.goto(f"{machine.api.base_url}/?unit=龙潭镇&q=巡查")
    page.get_by_label("访问密钥").fill(machine.key)
    page.get_by_role("button", name="登录").click()

    expect(page.get_by_label("查找")).to_have_value("巡查")
    expect(page.locator(f"#job-{sent['job']}")).to_be_visible()


def test_a_key_that_may_only_submit_is_told_so_and_not_let_in(machine, page):
    page.context.clear_cookies()
    key = machine.footage("keys", "add", "门户", "--scope", "submit", "--json").objects[0]["key"]

    page.goto(str(machine.api.base_url))
    page.get_by_label("访问密钥").fill(key)
    page.get_by_role("button", name="登录").click()

    expect(page.get_by_role("alert")).to_contain_text("这个密钥只能用来上传")
    page.get_by_label("访问密钥").fill(machine.key)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("button", name="查找")).to_be_visible()


def test_whoever_signs_out_sees_nothing_more(machine, page):
    page.goto(str(machine.api.base_url))
    cookies = page.context.cookies()

    page.get_by_role("button", name="退出").click()

    expect(page.get_by_label("访问密钥")).to_be_visible()
    page.context.add_cookies(cookies)  # a copy of the cookie is worth nothing either
    page.goto(str(machine.api.base_url))
    expect(page.get_by_label("访问密钥")).to_be_visible()
