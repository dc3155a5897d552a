"""A newcomer starts the program, reads what it prints, and has a film published and playing within three minutes."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.conftest import PASSWORD, PLAY
from tests.media import clips
from tests.running import Footage
from tests.up import free_port, left_behind, printed

WITHIN = 180  # seconds, from the command to the moving picture


def test_a_newcomer_has_a_film_playing_within_three_minutes_of_the_start(browser: Browser, tmp_path: Path, small: Path):
    film = clips.make(tmp_path / "安全检查.mp4", clips.Clip(seconds=3))
    footage = Footage(tmp_path / "home", (("FOOTAGE_CAMPAIGN", str(small)),))
    began = time.monotonic()
    process = footage.start("up", "--port", str(free_port()))
    try:
        log = footage.home / "test-up.log"
        (address,) = printed(log, r"(http://127\.0\.0\.1:\d+)", began + WITHIN)
        name, password = printed(log, r"首次登录：姓名 (\S+) ，初始密码 (\S+) ", began + WITHIN)
        page = browser.new_page(locale="zh-CN", viewport={"width": 1280, "height": 800})

        page.goto(address)
        page.get_by_label("姓名").fill(name)
        page.get_by_label("密码", exact=True).fill(password)
        page.get_by_role("button", name="登录", exact=True).click()
        page.get_by_label("现在的密码").fill(password)
        page.get_by_label("新密码（至少 10 位）").fill(PASSWORD)
        page.get_by_label("再输一次新密码").fill(PASSWORD)
        page.get_by_role("button", name="改密码").click()
        page.get_by_role("link", name="上传").first.click()
        page.get_by_label("选择文件").set_input_files(film)
        page.get_by_label("单位").select_option("龙潭镇")  # the page asks for it, and the file waits
        page.locator("#sent li").get_by_role("link", name="查看").click(timeout=60_000)
        expect(page.locator(".badge").first).to_have_text("已发布", timeout=120_000)
        at, *_ = page.locator("#film").evaluate(PLAY)

        assert at > 0.3
        assert time.monotonic() - began < WITHIN
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert not left_behind(footage.home)
