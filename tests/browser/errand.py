"""What a person does on one errand, step by step: send, find, play, trim, pack, hand on."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import update

from storage.database import Database
from storage.schema import packages
from tests.browser.conftest import PLAY
from tests.media import clock
from tests.up import Machine

SEVEN_ZIP = shutil.which("7z") or "7zz"  # by the age of Debian
DROP = """(files) => {
    const dropped = new DataTransfer();
    for (const [data, name] of files) {
        const bytes = Uint8Array.from(atob(data), byte => byte.charCodeAt(0));
        dropped.items.add(new File([bytes], name, {type: "video/mp4"}));
    }
    document.getElementById("drop").dispatchEvent(new DragEvent("drop", {dataTransfer: dropped, bubbles: true}));
}"""
SEEK = "(film, at) => new Promise(done => { film.onseeked = done; film.currentTime = at; })"
LOAD = "film => { film.preload = 'auto'; film.load(); return new Promise(done => film.onloadeddata = done); }"


def send_two(county: Machine, page: Page, unit: str, date: str, *films: Path) -> None:
    page.goto(f"{county.api.base_url}/send")
    page.get_by_label("单位").select_option(label=unit)
    page.get_by_label("拍摄日期").fill(date)
    broken: list[str] = []

    def once(route) -> None:
        if route.request.method == "PATCH" and not broken:
            broken.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/api/tus/*", once)
    page.evaluate(DROP, [[base64.b64encode(film.read_bytes()).decode(), film.name] for film in films])
    for number in range(len(films)):
        expect(page.locator("#sent li").nth(number)).to_contain_text("已收到，正在处理", timeout=30_000)
    assert broken
    page.unroute("**/api/tus/*")
    page.locator("#sent li").first.get_by_role("link", name="查看").click()


def plays_in_full_size(page: Page) -> None:
    expect(page.locator(".badge").first).to_have_text("已发布", timeout=120_000)
    at, *size = page.locator("#film").evaluate(PLAY)
    assert at > 0.3
    assert size == [1920, 1080]


def found_by(county: Machine, page: Page, unit: str, words: tuple[str, ...], names: list[str]) -> None:
    page.goto(str(county.api.base_url))
    page.get_by_label("查找").fill(" ".join(words))
    page.get_by_label("单位").fill(unit)
    page.get_by_role("button", name="查找").click()
    for name in names:
        card = page.locator(".card", has=page.get_by_role("heading", name=name))
        expect(card.locator(".badge").first).to_have_text("已发布", timeout=120_000)
    expect(page.locator(".card")).to_have_count(len(names))


def trimmed(county: Machine, page: Page, unit: str, folder: Path) -> None:
    """Mark a stretch by I and O, nudge its beginning two frames by the keyboard, save, and look at what was made."""
    page.get_by_role("heading", name="VID_0616.mp4").click()
    expect(page.locator("#trim")).to_be_visible()
    film = page.locator("#film")
    film.evaluate(LOAD)
    for key, at in (("i", 1.02), ("o", 2.82)):
        film.evaluate(SEEK, at)
        page.locator("h1").click()
        page.keyboard.press(key)
    rows = page.locator("#trim [data-list=cut] li")
    while rows.count():
        rows.first.get_by_role("button", name="删除这一段").click()
    page.locator("[data-add=cut]").click()
    rows.first.locator(".handle").first.focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="保存剪辑").click()
    expect(page.locator("#trim-said")).to_have_text("没有改动", timeout=60_000)  # the page has loaded itself again

    state = county.api.get(f"/api/submissions/{page.url.rpartition('/')[2]}").json()
    (clip,) = (output for output in state["outputs"] if output["role"] == "clip")
    (folder / "clip.mp4").write_bytes(county.api.get(clip["url"]).content)
    assert clock.shown_in(folder / "clip.mp4").frames == [*range(27, 71)]


def taken_away(county: Machine, page: Page, unit: str, folder: Path) -> None:
    """Choose three items over two pages; the zip has their films, by three readers of zips."""
    for name in ("现场一.jpg", "现场二.jpg"):
        Image.new("RGB", (1920, 1080), (ord(name[2]) % 256, 90, os.urandom(1)[0])).save(folder / name)
        county.send(folder / name, unit=unit)
    page.goto(f"{county.api.base_url}/?unit={unit}&limit=2")
    for box in page.locator(".pick input").all():
        box.check()
    page.get_by_role("link", name="下一页").click()
    page.locator(".pick input").first.check()
    expect(page.locator("#count")).to_have_text("已选 3 件")
    page.get_by_label("内容").select_option("all")
    with page.expect_download() as saving:
        page.get_by_role("button", name="打包下载").click()
    path = folder / "package.zip"
    saving.value.save_as(path)

    archive = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    names = {name for name in archive.namelist() if name.endswith((".mp4", ".jpg")) and "/" not in name}
    hashes = {hashlib.sha256(archive.read(name)).hexdigest() for name in names}
    items = county.api.get("/api/submissions", params={"unit": unit, "limit": 3}).json()
    promised = {
        output["sha256"] for item in items for output in item["outputs"] if output["role"] in ("photo", "master")
    }
    assert len(promised) == 3
    assert promised <= hashes
    for tool in (["unzip", "-Z1"], [SEVEN_ZIP, "l", "-slt", "-ba"]):
        listed = subprocess.run([*tool, str(path)], capture_output=True, text=True, check=True).stdout
        assert all(name in listed for name in names), tool
    subprocess.run([SEVEN_ZIP, "t", str(path)], capture_output=True, check=True)


def handed_on(county: Machine, page: Page) -> None:
    """A link works for a stranger, until it ends, and another until it is revoked."""
    for ending in (_ended, _revoked):
        page.goto(str(county.api.base_url))
        page.locator(".pick input").first.check()
        page.get_by_role("button", name="发链接").click()
        address = page.locator("#made").input_value()
        with httpx.Client(timeout=60) as stranger:
            shown = stranger.get(address)
            assert (shown.status_code, "全部下载" in shown.text) == (200, True)
            assert stranger.get(f"{address}/zip").content[:2] == b"PK"
            ending(county, page)
            assert stranger.get(address).status_code == 404
        assert urlsplit(address).path.startswith("/l/")


def _revoked(county: Machine, page: Page) -> None:
    before = page.get_by_text("已作废").count()
    page.get_by_role("button", name="作废").first.click()
    expect(page.get_by_text("已作废")).to_have_count(before + 1)


def _ended(county: Machine, page: Page) -> None:
    """Let every link end now: a test can't wait a day."""
    behind = Database(f"sqlite:///{county.footage.home / 'ledger.sqlite'}")
    with behind.begin() as connection:
        connection.execute(update(packages).values(expires=behind.now - 1))
    behind.engine.dispose()
