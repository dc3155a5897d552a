"""Two errands on one machine that works in the county's own sizes.

A clerk's: who is missing for Thursday, remind them, accept a late report, pack the summary's evidence. And the whole
errand of a person, at a desk and on a phone: two films are dropped, one of the corpus, and one of a banner whose frames
are numbered. The clerk comes first: his package lists all that was sent of June.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import openpyxl
import pytest
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, Page, expect

from pipelines.tools.captions.fonts import font_file
from tests.browser.conftest import come_in
from tests.browser.errand import found_by, handed_on, plays_in_full_size, send_two, taken_away, trimmed
from tests.media import clips, clock
from tests.media.clips import ffmpeg
from tests.unit.facts import hasty_rules
from tests.up import Machine, running_machine

_DAY = re.compile(r"\b2020-\d\d-\d\d\b")
_AS_IF = date(2020, 7, 8)  # of the plan's year, at least; whole weeks apart from today


def moved() -> timedelta:
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    return timedelta(weeks=(today - _AS_IF).days // 7)


def on(day: str) -> str:
    """A day of the plan's year, as the campaign of this test has it."""
    return str(date.fromisoformat(day) + moved())


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """`footage up` with the county's own sizes, and words of films read.

    The county's plan is moved by whole weeks so that it is the week of its 10 July.
    """
    folder = tmp_path_factory.mktemp("errand")
    rules = hasty_rules().replace("read_words = false\n", "", 1)  # films come first, then photos
    (folder / "county.toml").write_text(_DAY.sub(lambda found: on(found[0]), rules), encoding="utf-8")
    with running_machine(folder / "home", FOOTAGE_CAMPAIGN=str(folder / "county.toml")) as up:
        yield up


@pytest.fixture(scope="module")
def filed(county: Machine, tmp_path_factory: pytest.TempPathFactory) -> None:
    """One unit has filed last Thursday's report, days too late, and sent a photo of June."""
    path = tmp_path_factory.mktemp("photo") / "启动仪式.jpg"
    Image.effect_noise((1920, 1080), 30).convert("RGB").save(path)
    county.send(path, unit="龙潭镇", activity="qidong", date=on("2020-06-03"))
    key = county.footage("keys", "add", "龙潭", "--scope", "submit", "--scope", "read", "--unit", "龙潭", "--json")
    headers = {"Authorization": f"Bearer {key.objects[0]['key']}"}
    data = {"text": "本周开展活动 2 场。", "events": "2", "action": "submit", "version": "0", "revision": "0"}
    with httpx.Client(base_url=county.api.base_url, headers=headers) as unit:
        answer = unit.post(f"/reports/longtan/weekly/{on('2020-06-25')}", data=data)
    assert answer.status_code == 303, answer.text


@pytest.fixture(scope="module")
def clerk(browser: Browser, county: Machine, filed: None) -> Iterator[Page]:
    context = browser.new_context(
        locale="zh-CN",
        viewport={"width": 1366, "height": 900},
        accept_downloads=True,
        permissions=["clipboard-read", "clipboard-write"],
    )
    come_in(context, county, "publicity")
    page = context.new_page()
    page.goto(str(county.api.base_url))
    yield page
    context.close()


def test_the_clerks_errand(clerk: Page, tmp_path: Path):
    # who is missing for Thursday's report
    clerk.get_by_role("link", name="报送", exact=True).click()
    row = clerk.get_by_role("row").filter(has=clerk.get_by_role("rowheader", name="棉湖镇"))
    missing = row.locator(f'a[href$="/weekly/{on("2020-06-25")}"]')
    expect(missing).to_have_text("未报")

    # the reminder is copied, and names who is missing and not who has filed
    reminders = clerk.locator("textarea[readonly]")
    text = next(
        said for said in reminders.all() if "活动开展情况" in said.input_value() and "龙潭镇" not in said.input_value()
    )
    said = text.input_value()
    clerk.locator(f'button[data-copy="{text.get_attribute("id")}"]').click()
    expect(clerk.locator("#copied")).not_to_be_empty()
    assert clerk.evaluate("navigator.clipboard.readText()") == said
    assert "棉湖镇" in said

    # one late report is accepted
    clerk.locator(f'a[href$="/reports/longtan/weekly/{on("2020-06-25")}"]').click()
    expect(clerk.locator(".badge.late")).to_have_text("迟报")
    clerk.get_by_role("button", name="收下").click()
    expect(clerk.get_by_text("已收下")).to_be_visible()

    # the package of the summary, due on the plan's 10 July
    clerk.get_by_role("link", name="← 报送").click()
    clerk.get_by_role("link", name="打包佐证材料").click()
    expect(clerk.get_by_role("heading", level=1)).to_contain_text("佐证材料")
    expect(clerk.get_by_text(f"揭西龙潭镇-启动仪式-{on('2020-06-03')}-001.jpg")).to_be_visible()
    with clerk.expect_download() as begun:
        clerk.get_by_role("link", name="下载佐证材料包").click()
    path = tmp_path / "package.zip"
    begun.value.save_as(path)

    # its list opens
    with zipfile.ZipFile(path) as archive:
        [name] = [it for it in archive.namelist() if it.endswith("佐证材料清单.xlsx")]
        archive.extract(name, tmp_path)
    rows = [*openpyxl.load_workbook(tmp_path / name).worksheets[0].iter_rows(min_row=2, values_only=True)]
    assert [(row[0], row[4], row[5]) for row in rows] == [(1, "龙潭镇", "启动仪式")]
    assert begun.value.suggested_filename == f"佐证材料-{on('2020-07-10')}.zip"


@pytest.fixture(scope="module")
def banner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds whose frames are numbered, behind a banner in the middle."""
    folder = tmp_path_factory.mktemp("banner")
    picture = Image.new("RGB", (1280, 150), (190, 24, 32))
    font = ImageFont.truetype(str(font_file()), 80)
    ImageDraw.Draw(picture).text((90, 10), "消除事故隐患 筑牢安全防线", (250, 226, 90), font)
    picture.save(folder / "banner.png")
    plain = clock.film(folder / "plain.mp4", 75)
    over = ("-i", str(plain), "-i", str(folder / "banner.png"), "-filter_complex", "[0:v][1:v]overlay=0:285[v]")
    made = ("-map", "[v]", "-map", "0:a", "-c:a", "copy", "-c:v", "libx264", "-preset", "ultrafast")
    ffmpeg(*over, *made, str(folder / "VID_0616.mp4"))
    return folder / "VID_0616.mp4"


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A phone's film of the corpus, a drawn one of that name where there is no corpus."""
    name = "deb_forensics-samp__VID_20191220_170832.mp4"
    real = Path(os.environ.get("FOOTAGE_CORPUS", "../shared/corpus")) / "video" / name
    if real.is_file():
        return real
    return clips.make(tmp_path_factory.mktemp("film") / name, clips.Clip(seconds=2, width=1280, height=720))


@pytest.mark.parametrize("width", [1440, 390])
def test_the_whole_errand_of_a_person(county: Machine, browser: Browser, phones: Path, banner: Path, tmp_path, width):
    context = browser.new_context(locale="zh-CN", viewport={"width": width, "height": 844}, accept_downloads=True)
    with closing(context):
        page = context.new_page()
        come_in(context, county, "publicity")
        unit = {1440: "大溪镇", 390: "钱坑镇"}[width]

        send_two(county, page, unit, on("2020-06-18"), phones, banner)
        plays_in_full_size(page)
        found_by(county, page, unit, ("forensics",), [phones.name])
        found_by(county, page, unit, (), [banner.name, phones.name])
        found_by(county, page, unit, ("筑牢", "防线"), [banner.name])
        trimmed(county, page, unit, tmp_path)
        taken_away(county, page, unit, tmp_path)
        handed_on(county, page)
