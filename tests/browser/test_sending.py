"""A person of a unit sends a film from the page; the line breaks half-way; it arrives, is published and plays."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import sign_in
from tests.media import clips
from tests.up import Machine

_DROP = """([data, name]) => {
    const bytes = Uint8Array.from(atob(data), byte => byte.charCodeAt(0));
    const dropped = new DataTransfer();
    dropped.items.add(new File([bytes], name, {type: "video/mp4"}));
    document.getElementById("drop").dispatchEvent(new DragEvent("drop", {dataTransfer: dropped, bubbles: true}));
}"""


@pytest.fixture(params=[1440, 390])
def page(request: pytest.FixtureRequest, browser: Browser, machine: Machine) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", viewport={"width": request.param, "height": 844})
    opened = context.new_page()
    sign_in(opened, machine, "unit", "--unit", "大溪镇")
    yield opened
    context.close()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    noisy = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-crf", "4")
    made = clips.Clip(seconds=6, rate="25", width=1280, height=720, encoder=noisy)
    return clips.make(tmp_path_factory.mktemp("sending") / "消防演练.mp4", made)


def test_a_film_that_is_dropped_arrives_though_the_line_breaks_and_plays(machine, page, film):
    page.goto(f"{machine.api.base_url}/send")
    expect(page.locator("[name=unit]")).to_have_value("大溪镇")
    page.get_by_label("地点").fill("二号仓库")
    page.get_by_label("拍摄日期").fill("2020-06-18")
    broken: list[str] = []

    def once(route) -> None:
        if route.request.method == "PATCH" and not broken:
            broken.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/api/tus/*", once)
    page.evaluate(_DROP, [base64.b64encode(film.read_bytes()).decode(), f"{page.viewport_size['width']}-{film.name}"])

    row = page.locator("#sent li").first
    expect(row).to_contain_text("已收到，正在处理", timeout=30_000)
    assert broken
    row.get_by_role("link", name="查看").click()
    expect(page.locator(".badge").first).to_have_text("已发布", timeout=90_000)
    expect(page.get_by_text("二号仓库")).to_be_visible()
    played = page.locator("#film").evaluate(
        """async video => {
            video.muted = true;
            await video.play();
            for (let n = 0; n < 200 && video.currentTime <= 0.3; n++) await new Promise(go => setTimeout(go, 50));
            return video.currentTime;
        }"""
    )
    assert played > 0.3


def test_what_was_said_is_remembered_and_a_refusal_is_told(machine, page, tmp_path):
    page.goto(f"{machine.api.base_url}/send")
    page.get_by_label("地点").fill("储罐区")
    page.locator("[name=activity]").select_option(index=1)
    page.reload()
    expect(page.get_by_label("地点")).to_have_value("储罐区")

    page.evaluate("document.querySelector('[name=place]').maxLength = 500")
    page.get_by_label("地点").fill("长" * 201)
    (tmp_path / "a.jpg").write_bytes(b"x")
    page.get_by_label("选择文件").set_input_files(tmp_path / "a.jpg")

    expect(page.locator("#sent .failed")).to_contain_text("上传说明")
