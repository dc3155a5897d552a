"""An item's page in a real Chromium: it plays, it explains itself, it takes comments and decisions."""

from __future__ import annotations

import hashlib
import io
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import PLAY
from tests.up import Machine

AXE = Axe()


def at(page: Page, seconds: float, within: float = 0.6) -> bool:
    """Wait up to ten seconds for the film to be there; it may play on from there."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < 10:
        now: float = page.locator("#film").evaluate("film => film.currentTime")
        if seconds - 0.1 <= now <= seconds + within + waited:
            return True
        page.wait_for_timeout(100)
    return False


@pytest.fixture
def item(machine: Machine, sent: dict, page: Page) -> Page:
    page.goto(f"{machine.api.base_url}/items/{sent['job']}", wait_until="networkidle")
    return page


def test_the_master_plays(sent, item):
    master = next(output for output in sent["outputs"] if output["role"] == "master")

    reached, *size = item.locator("#film").evaluate(PLAY)

    assert reached > 0.3
    assert size == [master["width"], master["height"]]


def test_the_master_downloads_whole_under_a_name_that_says_what_it_is(sent, item):
    with item.expect_download() as waiting:
        item.get_by_role("link", name="成片").click()

    master = next(output for output in sent["outputs"] if output["role"] == "master")
    assert waiting.value.suggested_filename == "龙潭镇-厂区巡查-master.mp4"
    assert hashlib.sha256(Path(waiting.value.path()).read_bytes()).hexdigest() == master["sha256"]


def test_nothing_of_the_film_comes_before_it_is_played(machine, sent, page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))

    page.goto(f"{machine.api.base_url}/items/{sent['job']}", wait_until="networkidle")

    assert [name for name in asked if name.endswith(".mp4")] == []


def test_keys_move_the_film_by_frames_and_seconds_and_play_it(item):
    film = item.locator("#film")
    item.locator(".cuts [data-seek]").first.click()
    film.evaluate("film => film.paused && new Promise(done => film.addEventListener('playing', done, {once: true}))")
    film.evaluate("film => film.pause()")
    film.evaluate(
        "film => new Promise(done => { film.addEventListener('seeked', done, {once: true}); film.currentTime = 2; })"
    )

    def pressed(key: str) -> float:
        item.keyboard.press(key)
        item.wait_for_timeout(150)
        at: float = film.evaluate("film => film.currentTime")
        return at

    assert pressed("ArrowRight") == pytest.approx(2.06, abs=0.001)  # the middle of frame 51 of 25 a second
    assert pressed("ArrowRight") == pytest.approx(2.10, abs=0.001)
    assert pressed("ArrowLeft") == pytest.approx(2.06, abs=0.001)
    assert pressed("Shift+ArrowRight") == pytest.approx(3.06, abs=0.001)
    assert pressed("j") == pytest.approx(1.06, abs=0.001)
    pressed("k")
    assert film.evaluate("film => film.paused") is False
    pressed("k")
    assert film.evaluate("film => film.paused") is True


def test_the_analysis_is_drawn_and_a_click_on_it_moves_the_film(item):
    lanes = item.locator("#lanes .lane")
    expect(lanes).to_have_count(8)
    box = lanes.nth(4).locator("svg").bounding_box()
    assert box is not None

    item.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    expect(item.locator("#lanes .needle")).to_be_visible()
    assert at(item, 4.5)
    expect(item.locator("#strip span").first).to_be_visible()


def test_a_highlight_is_a_chapter_that_plays_from_its_beginning(item):
    start = float(item.locator(".cuts [data-start]").first.get_attribute("data-start") or -1)

    item.get_by_role("button", name="精彩片段 1", exact=True).click()

    assert at(item, start)


def test_a_caption_is_shown_as_it_will_be_with_what_is_typed(item):
    shown = item.locator("#caption-pictures img").first
    item.get_by_role("button", name="预览字幕").click()
    expect(shown).to_be_visible()
    before = shown.get_attribute("src")

    item.locator("[name=caption_place]").fill("五号罐区")
    item.get_by_role("button", name="预览字幕").click()

    expect(shown).not_to_have_attribute("src", before or "")
    assert shown.evaluate("it => [it.naturalWidth, it.naturalHeight]") == [1920, 1080]


def test_before_and_after_lie_over_each_other_and_an_edge_moves_between_them(machine, page, tmp_path):
    for name, colour in (("前.jpg", "crimson"), ("后.jpg", "royalblue")):
        Image.new("RGB", (1920, 1080), colour).save(tmp_path / name)
    before, after = (machine.send(tmp_path / name)["job"] for name in ("前.jpg", "后.jpg"))
    assert machine.footage("pair", before, after).status == 0

    page.goto(f"{machine.api.base_url}/items/{after}", wait_until="networkidle")
    stage, edge = page.locator(".compare .stage"), page.get_by_label("整改前后的分界")
    shown = []
    for key in ("Home", "End"):
        edge.press(key)
        with Image.open(io.BytesIO(stage.screenshot())) as picture:
            shown.append(picture.convert("RGB").resize((1, 1)).getpixel((0, 0)))

    (red, _, blue), (later_red, _, later_blue) = shown
    assert (red < blue, later_red > later_blue) == (True, True)


def test_a_reviewer_reads_the_rules_the_facts_and_the_chain_of_custody(sent, item):
    rules = item.get_by_role("row").filter(has_text="画面尺寸")
    expect(rules).to_contain_text("合格")
    expect(item.get_by_text(sent["original"]["sha256"])).to_be_visible()
    chain = item.locator(".history li")
    expect(chain.first).to_contain_text("收到原件")
    expect(chain.nth(1)).to_contain_text("发布")
    expect(item.locator(".cuts .facts").first).not_to_be_empty()  # the reasons of each clip


def test_a_comment_on_a_moment_leads_back_to_it_and_a_decision_is_kept(item):
    item.locator("#film").evaluate(
        "film => { film.preload = 'auto'; film.load(); return new Promise(done => film.onloadedmetadata = done); }"
    )
    item.locator("#film").evaluate("film => new Promise(done => { film.onseeked = done; film.currentTime = 3.2; })")
    item.get_by_role("textbox", name="评论").fill("没戴<b>安全帽")
    item.locator("#comment-at").check()
    item.get_by_role("button", name="发表").click()
    item.get_by_role("button", name="选用", exact=True).click()
    expect(item.locator("#review .badge")).to_have_text("选用")
    item.reload(wait_until="networkidle")

    said = item.locator(".comments li").filter(has_text="没戴<b>安全帽")
    said.get_by_role("button", name="0:03.2").click()
    assert at(item, 3.2)
    expect(item.locator("#review .badge")).to_have_text("选用")
    expect(item.locator(".history li").last).to_contain_text("选用状态改动：选用 · 测试")
    said.get_by_role("button", name="删除").click()
    expect(item.locator(".comments")).to_contain_text("还没有评论")


def test_chosen_items_are_found_by_what_was_decided(machine, sent, page):
    page.goto(f"{machine.api.base_url}/items/{sent['job']}")
    page.get_by_role("button", name="不用", exact=True).click()
    expect(page.locator("#review .badge")).to_have_text("不用")

    page.goto(f"{machine.api.base_url}/?review=refused")

    expect(page.locator(f"#job-{sent['job']} .badge.refused")).to_have_text("不用")


def test_no_page_breaks_a_serious_rule_of_accessibility(machine, sent, page):
    wrong = []
    for path in (
        "/",
        f"/items/{sent['job']}",
        "/users",
        "/account",
        "/links",
        "/send",
        "/board",
        "/signin",
        "/problems",
        "/reports",
        "/reports/contacts",
        "/evidence?period=2020-07-10",
        "/hazards",
        "/hazards/new",
        "/figures",
        "/batches",
        "/reports/hepo/weekly/2020-06-04",
        "/items/unknown",
    ):
        page.goto(f"{machine.api.base_url}{path}", wait_until="networkidle")
        page.evaluate(AXE.axe_script)
        for width, scheme in ((1440, "light"), (390, "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            wrong += [f"{path} at {width}: {one}" for one in broken_rules(page)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})

    assert wrong == []


# A rule's own impact is that of each of its findings: the other rules need not run. What axe would load before, style
# sheets and films, is asked for by rules that don't run.
BROKEN = """alike => {
    const asked = ["serious", "critical"];
    const others = axe._audit.rules.filter(rule => !asked.includes(rule.impact));
    if (axe._audit.rules.length - others.length < 50) throw Error("axe's rules no longer tell their impact");
    const rules = Object.fromEntries(others.map(rule => [rule.id, {enabled: false}]));
    const options = {resultTypes: ["violations"], rules, preload: false};
    return axe.run(alike, options).then(found => found.violations.filter(one => asked.includes(one.impact)));
}"""


def broken_rules(page: Page) -> list[str]:
    """The serious rules that the page breaks, each with an element that does.

    Of the board of reports four rows are looked at: nineteen units that are all late look alike.
    """
    found = page.evaluate(BROKEN, {"exclude": [[".board tbody tr:nth-child(n + 5)"]]})
    return [f"{one['id']} {one['nodes'][0]['html'][:120]}" for one in found]
