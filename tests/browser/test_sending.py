"""The page for sending remembers what was said, and tells a refusal; test_errand sends films over a broken line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import sign_in
from tests.up import Machine


@pytest.fixture(params=[1440, 390])
def page(request: pytest.FixtureRequest, browser: Browser, machine: Machine) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", viewport={"width": request.param, "height": 844})
    opened = context.new_page()
    sign_in(opened, machine, "unit", "--unit", "大溪镇")
    yield opened
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
