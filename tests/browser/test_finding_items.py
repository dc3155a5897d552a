"""What was sent is found in a real Chromium: by its facts, by its words, over pages; and little is loaded for it."""

from __future__ import annotations

from playwright.sync_api import Route, expect


def test_what_was_published_is_found_by_its_unit(machine, sent, page):
    page.goto(str(machine.api.base_url))
    page.get_by_label("单位").fill("龙潭镇")
    page.get_by_role("button", name="查找").click()

    card = page.locator(f"#job-{sent['job']}")
    expect(card.get_by_role("heading", name="厂区巡查.mp4")).to_be_visible()
    expect(card.locator(".badge").first).to_have_text("已发布")
    expect(card.locator(".length")).to_have_text("0:09")
    expect(page.locator(".card")).to_have_count(1)


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
    with page.expect_request("**/storyboard.jpg"):
        page.locator(f"#job-{sent['job']} .picture").hover(position={"x": 200, "y": 60})

    assert set(before) == {"thumbnail-320.jpg"}
    assert page.locator(f"#job-{sent['job']} .picture").evaluate("it => it.style.backgroundImage").endswith('.jpg")')


def test_a_word_of_two_characters_finds_and_one_that_is_nowhere_says_so(machine, sent, page):
    page.goto(str(machine.api.base_url))

    page.locator("[name=q]").fill("龙潭")
    page.get_by_role("button", name="查找").click()
    expect(page.locator(f"#job-{sent['job']}")).to_be_visible()
    page.locator("[name=q]").fill("没有这个词")
    page.get_by_role("button", name="查找").click()

    expect(page.get_by_text("没有符合条件的素材")).to_be_visible()
    expect(page.get_by_role("link", name="看全部")).to_be_visible()


def test_what_was_sent_before_the_newest_is_on_the_next_page(machine, sent, page):
    for number in range(2):
        machine.api.post("/api/submissions", json={"name": f"{number}.mp4", "unit": "金和镇"})

    page.goto(f"{machine.api.base_url}/?unit=金和镇&limit=1")
    expect(page.get_by_role("heading", name="1.mp4")).to_be_visible()
    page.get_by_role("link", name="下一页").click()

    expect(page.get_by_role("heading", name="0.mp4")).to_be_visible()
    expect(page.locator(".card")).to_have_count(1)


def test_a_phone_shows_two_cards_beside_each_other_and_nothing_beyond_its_edge(machine, sent, page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(str(machine.api.base_url))
    wide = page.evaluate("document.documentElement.scrollWidth")
    first, second = (page.locator(".card").nth(n).bounding_box() for n in (0, 1))
    page.set_viewport_size({"width": 1280, "height": 900})

    assert wide == 390
    assert first is not None
    assert second is not None
    assert first["y"] == second["y"]


def test_the_way_back_from_an_item_leads_to_the_search_and_what_was_ticked(machine, sent, page):
    page.goto(f"{machine.api.base_url}/?unit=龙潭镇")
    expect(page.locator("#chosen").get_by_role("button", name="打包下载")).to_be_disabled()
    page.locator(f"#job-{sent['job']} [name=item]").check()
    page.locator(f"#job-{sent['job']} h2 a").click()
    page.get_by_role("link", name="← 素材").click()

    expect(page.get_by_label("单位")).to_have_value("龙潭镇")
    expect(page.locator(f"#job-{sent['job']} [name=item]")).to_be_checked()
    expect(page.locator("#chosen").get_by_role("button", name="打包下载")).to_be_enabled()
    page.go_back()
    page.go_back()
    expect(page.locator(f"#job-{sent['job']} [name=item]")).to_be_checked()
    page.get_by_role("button", name="清空").click()


def test_a_tick_that_is_set_before_the_scripts_have_come_counts_and_one_that_was_cleared_stays_away(
    machine, sent, page
):
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    box = page.locator(f"#job-{sent['job']} [name=item]")
    page.route("**/static/chosen.js*", hold)
    page.goto(f"{machine.api.base_url}/?unit=龙潭镇", wait_until="commit")
    box.check()
    held[0].continue_()
    page.unroute("**/static/chosen.js*")
    expect(page.locator("#count")).to_have_text("已选 1 件")

    page.goto(str(machine.api.base_url))
    expect(box).to_be_checked()
    page.get_by_role("button", name="清空").click()
    page.go_back()

    expect(page.locator("#count")).to_have_text("勾选素材后可以一起下载。")
    expect(box).not_to_be_checked()
