"""People come in by name and password, programs by a key, and who signs out is out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD, come_in, enter, sign_in
from tests.up import Machine


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def test_a_wrong_password_says_what_to_do_and_keeps_the_name(machine, page):
    page.goto(str(machine.api.base_url))
    page.get_by_label("姓名").fill("没有这个人")
    page.get_by_label("密码", exact=True).fill("guess-guess")
    page.get_by_role("button", name="登录", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("忘记密码请联系管理员")
    expect(page.get_by_label("姓名")).to_have_value("没有这个人")


def test_an_address_that_was_sent_to_a_colleague_is_shown_after_signing_in(machine, sent, page):
    name = sign_in(page, machine, "reviewer")
    page.context.clear_cookies()

    page.goto(f"{machine.api.base_url}/?unit=龙潭镇&q=巡查")
    page.get_by_label("姓名").fill(name)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()

    expect(page.locator("[name=q]")).to_have_value("巡查")
    expect(page.locator(f"#job-{sent['job']}")).to_be_visible()


def test_a_key_that_may_read_opens_the_pages_and_one_that_may_only_submit_is_told_so(machine, page):
    key = machine.footage("keys", "add", "门户", "--scope", "submit", "--json").objects[0]["key"]
    page.goto(str(machine.api.base_url))

    for token in (key, machine.key):
        page.get_by_text("用访问密钥登录").click()
        page.get_by_label("访问密钥").fill(token)
        page.get_by_role("button", name="用密钥登录").click()
        if token == key:
            expect(page.get_by_role("alert")).to_contain_text("这个密钥只能用来上传")

    expect(page.get_by_role("button", name="查找")).to_be_visible()


def test_who_signs_out_sees_nothing_more(machine, page):
    name = sign_in(page, machine, "publicity")
    cookies = page.context.cookies()

    page.get_by_text(name).click()
    page.get_by_role("button", name="退出").click()

    expect(page.get_by_label("姓名")).to_be_visible()
    page.context.add_cookies(cookies)  # a copy of the cookie is worth nothing either
    page.goto(str(machine.api.base_url))
    expect(page.get_by_label("姓名")).to_be_visible()
    enter(page, machine, name)
    expect(page.get_by_role("button", name="查找")).to_be_visible()


def test_an_operator_makes_an_account_and_its_owner_comes_in(machine: Machine, page, browser):
    come_in(page.context, machine, "operator")
    page.goto(f"{machine.api.base_url}/users")
    page.get_by_label("姓名").fill("新来的王科员")
    page.locator("[name=role]").select_option(label="填报单位")
    page.locator("[name=unit]").select_option(label="凤江镇")
    page.get_by_role("button", name="新建账号").click()
    password = page.locator("#issued").inner_text()

    context = browser.new_context(locale="zh-CN")
    hers = context.new_page()
    hers.goto(str(machine.api.base_url))
    hers.get_by_label("姓名").fill("新来的王科员")
    hers.get_by_label("密码", exact=True).fill(password)
    hers.get_by_role("button", name="登录", exact=True).click()

    expect(hers.get_by_text("现在用的是初始密码")).to_be_visible()
    context.close()
