"""An editor changes the clips on the page with the keyboard alone; the new clip begins at the very frame."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.media.clock import film, shown_in
from tests.up import Machine


@pytest.fixture(scope="module")
def filmed(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> dict:
    path = film(tmp_path_factory.mktemp("trim") / "装置检查.mp4", 150)
    sent = machine.send(path, unit="五云镇")
    cuts = ("--cut", "3-4.5", "--cut", "4.6-5.8")  # a clock alone is too restless
    done = machine.footage("edit", sent["job"], *cuts)
    assert done.status == 0, done.err
    return sent


@pytest.fixture
def item(machine: Machine, filmed: dict, page: Page) -> Page:
    page.goto(f"{machine.api.base_url}/items/{filmed['job']}", wait_until="networkidle")
    expect(page.locator("#trim .handle").first).to_be_visible()
    return page


def first_clip(page: Page) -> tuple[int, int]:
    """Frames of the first clip's ends, by the sliders that show them."""
    ends = [page.locator("#trim [data-list=cut] .handle").nth(n).get_attribute("aria-valuenow") for n in (0, 1)]
    return int(ends[0] or -1), int(ends[1] or -1)


def saved(page: Page) -> None:
    page.get_by_role("button", name="保存剪辑").click()
    expect(page.locator("#wanted")).to_contain_text("正在制作", timeout=10_000)
    expect(page.locator("#trim-said")).to_have_text("没有改动", timeout=60_000)  # the page has loaded itself again


def test_a_clip_nudged_two_frames_begins_at_the_very_frame(machine, filmed, item, tmp_path):
    start, end = first_clip(item)
    item.locator("#trim [data-list=cut] .handle").first.focus()
    for _ in range(2):
        item.keyboard.press("ArrowRight")
    assert first_clip(item) == (start + 2, end)

    saved(item)

    assert first_clip(item) == (start + 2, end)
    state = machine.api.get(f"/api/submissions/{filmed['job']}").json()
    clip = next(output for output in state["outputs"] if output["role"] == "clip")
    whole = next(output for output in state["outputs"] if output["role"] == "master")
    made, master = (fetched(machine, output, tmp_path) for output in (clip, whole))
    assert shown_in(made).frames == shown_in(master).frames[start + 2 : end]


def fetched(machine: Machine, output: dict, folder: Path) -> Path:
    path = folder / f"{output['role']}.mp4"
    path.write_bytes(machine.api.get(output["url"]).content)
    return path


def test_a_stretch_is_added_by_in_and_out_and_dragged_on_the_filmstrip(item):
    before = item.locator("#trim [data-list=cut] li").count()
    film = loaded(item)
    for key, at in (("i", 1.02), ("o", 2.02)):
        film.evaluate("(film, at) => new Promise(done => { film.onseeked = done; film.currentTime = at; })", at)
        item.locator("h1").click()
        item.keyboard.press(key)

    item.locator("[data-add=cut]").click()

    rows = item.locator("#trim [data-list=cut] li")
    expect(rows).to_have_count(before + 1)
    added = rows.last.locator(".handle")
    assert [added.nth(n).get_attribute("aria-valuenow") for n in (0, 1)] == ["25", "51"]
    added.nth(1).focus()
    item.locator("#strip").scroll_into_view_if_needed()
    box, strip = (item.locator(at).bounding_box() for at in (".grip.to", "#strip"))
    assert box is not None
    assert strip is not None
    item.mouse.move(box["x"] + 7, box["y"] + 10)
    item.mouse.down()
    item.mouse.move(strip["x"] + strip["width"] / 2, box["y"] + 10)
    item.mouse.up()
    assert added.nth(1).get_attribute("aria-valuenow") == "75"
    expect(item.locator("#trim-said")).to_have_text("有改动，还没有保存")


def test_the_later_of_two_editors_is_told_and_overwrites_nothing(machine, filmed, item, browser):
    other = item.context.new_page()
    other.goto(item.url, wait_until="networkidle")
    for page in (item, other):
        page.locator("#trim [data-list=cut] .handle").first.focus()
        page.keyboard.press("ArrowRight")
    saved(item)
    mine = first_clip(item)

    other.get_by_role("button", name="保存剪辑").click()

    expect(other.locator("#trim-said")).to_contain_text("您的改动没有保存")
    item.reload(wait_until="networkidle")
    assert first_clip(item) == mine
    other.close()


def test_what_can_not_be_cut_is_told_at_once(machine, filmed, item):
    item.locator("#trim [data-list=cut] .handle").nth(1).focus()
    for _ in range(40):
        item.keyboard.press("PageDown")
    item.get_by_role("button", name="保存剪辑").click()

    expect(item.locator("#trim-said")).to_contain_text("太短")


def test_cut_lists_go_to_editing_programs_and_come_back(item, tmp_path):
    before = first_clip(item)
    item.get_by_text("与剪辑软件交换").click()
    for kind in ("EDL", "OTIO"):
        with item.expect_download() as waiting:
            item.get_by_role("link", name=kind).first.click()
        path = tmp_path / f"cuts.{kind.lower()}"
        waiting.value.save_as(path)
        item.get_by_label("导入片段").set_input_files(path)
        expect(item.locator("#trim-said")).to_have_text("有改动，还没有保存")
        assert first_clip(item) == before


def loaded(page: Page) -> Locator:
    film = page.locator("#film")
    film.evaluate(
        "film => { film.preload = 'auto'; film.load(); return new Promise(done => film.onloadeddata = done); }"
    )
    return film


def test_a_stretch_is_marked_by_touch_and_leaving_before_it_is_saved_asks(item):
    film = loaded(item)
    for side, at in (("记入点", 1.02), ("记出点", 3.02)):
        film.evaluate("(film, at) => new Promise(done => { film.onseeked = done; film.currentTime = at; })", at)
        item.get_by_role("button", name=side, exact=True).click()
    expect(item.locator("#marked")).to_contain_text("出点 0:03 + 1 帧")
    before = item.locator("#trim [data-list=cut] li").count()
    asked: list[str] = []
    item.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))

    item.locator("[data-add=cut]").click()
    expect(item.locator("#trim [data-list=cut] li")).to_have_count(before + 1)
    item.get_by_role("link", name="← 素材").click(no_wait_after=True)
    item.wait_for_timeout(500)

    assert asked == ["beforeunload"]
    assert "/items/" in item.url
    item.locator("#trim [data-changed]").evaluate_all("all => all.forEach(one => delete one.dataset.changed)")


def test_a_caption_that_was_saved_is_on_the_page_once_it_is_made(item):
    item.locator("[name=channel]").first.check()
    item.get_by_label("地点", exact=True).fill("三号罐区")

    saved(item)

    expect(item.get_by_label("地点", exact=True)).to_have_value("三号罐区")
    expect(item.locator("[name=channel]").first).to_be_checked()
