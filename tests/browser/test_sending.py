"""The page for sending remembers what was said, and tells a refusal; test_errand sends films over a broken line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import come_in
from tests.up import Machine


@pytest.fixture(params=[1440, 390])
def page(request: pytest.FixtureRequest, browser: Browser, machine: Machine) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", viewport={"width": request.param, "height": 844})
    come_in(context, machine, "unit", "--unit", "大溪镇")
    yield context.new_page()
    context.close()


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


def test_a_file_is_followed_to_its_end_on_the_page_that_sent_it(machine, page, tmp_path):
    page.goto(f"{machine.api.base_url}/send")
    (tmp_path / "说明.mp4").write_text("不是视频")
    Image.effect_noise((1920, 1080), 40).save(tmp_path / "现场.jpg")

    page.get_by_label("选择文件").set_input_files([tmp_path / "说明.mp4", tmp_path / "现场.jpg"])

    expect(page.locator("#sent .failed")).to_contain_text("不合格", timeout=60_000)
    expect(page.locator("#sent .done")).to_contain_text("已发布", timeout=60_000)


def test_somebody_of_no_unit_names_one_before_a_file_goes(machine, browser, tmp_path):
    context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844})
    come_in(context, machine, "publicity")
    page = context.new_page()
    page.goto(f"{machine.api.base_url}/send")
    Image.effect_noise((1920, 1080), 40).save(tmp_path / "单位.jpg")

    page.get_by_label("选择文件").set_input_files(tmp_path / "单位.jpg")
    page.wait_for_timeout(500)
    before = page.locator("#sent li").count()
    page.get_by_label("单位").select_option("灰寨镇")

    assert before == 0
    expect(page.locator("#sent .done")).to_contain_text("已发布", timeout=60_000)
    context.close()
