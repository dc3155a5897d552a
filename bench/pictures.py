"""`make pictures`: the pictures of the READMEs, made by a real machine from the demo's own footage.

docs/pictures/desk.jpg is the desk as Chromium shows it; docs/pictures/film.jpg what one film becomes.
Needs Debian's chromium.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import Page, sync_playwright

from bench.tools import need
from pipelines.tools.captions.fonts import font_file
from pipelines.tools.ffmpeg.binary import executable
from tests.chromium import QUIET
from tests.up import Machine, running_machine
from worker.demo import footage
from worker.demo.drawing import lettering

_FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
_MOST = 400_000  # bytes of a picture
_SAID = (("龙潭镇", "一号仓库"), ("棉湖镇", "储罐区"), ("河婆街道", "二楼东侧"))
_INK, QUIETER, _RED, _PAPER = "#1d2733", "#5d6b7a", "#b3261e", "#ffffff"
_EDGE, _GAP, _WIDTH = 40, 16, 1600
_SHOWN = 1280  # pixels; a page shows no more


def main() -> None:
    need("chromium")
    _FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="footage-pictures-") as name:
        files = footage.make(Path(name) / "files", (1920, 1080))
        with running_machine(Path(name) / "home") as machine:
            film = _processed(machine, files)
            cuts = machine.footage("cuts", film["job"], "--json").objects[0]["cuts"]
            _save(_sheet(film, cuts), _FOLDER / "film.jpg")
            _save(_desk(machine, Path(name) / "desk.png"), _FOLDER / "desk.jpg")


def _processed(machine: Machine, files: list[Path]) -> dict[str, Any]:
    """Each from a unit of the campaign, the last one first on the page; what became of the film."""
    for path, (unit, place) in reversed([*zip(files, _SAID, strict=True)]):
        said = ("--unit", unit, "--place", place)
        done = machine.footage("submit", path, *said, "--wait", "--json")
        if done.status:
            raise RuntimeError(done.out + done.err)
    return done.objects[0]


def _desk(machine: Machine, target: Path) -> Image.Image:
    with sync_playwright() as playwright:
        environment: dict[str, str | float | bool] = {**os.environ, "XDG_DATA_HOME": str(_fonts(target.parent))}
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET, env=environment)
        page = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 1120}).new_page()
        page.goto(str(machine.api.base_url))
        page.get_by_text("用访问密钥登录").click()
        page.get_by_label("访问密钥").fill(machine.key)
        page.get_by_role("button", name="用密钥登录").click()
        page.locator(".card h2 a").first.click()
        _loaded(page)
        page.screenshot(path=target)
        browser.close()
    return Image.open(target)


def _fonts(folder: Path) -> Path:
    """Where fontconfig finds the Chinese letters that we bring along: a bare machine has none."""
    (folder / "fonts").mkdir()
    (folder / "fonts" / font_file().name).symlink_to(font_file())
    return folder


def _loaded(page: Page) -> None:
    """Wait until every poster, picture and first frame is there."""
    page.wait_for_load_state("networkidle")
    page.wait_for_function(
        """() => [...document.images].every(i => i.complete) &&
        [...document.querySelectorAll('video[preload=metadata]')].every(v => v.readyState > 1 && !v.seeking)"""
    )
    page.wait_for_timeout(500)


def _save(picture: Image.Image, target: Path) -> None:
    """As good as the size allows."""
    for quality in range(92, 60, -4):
        picture.convert("RGB").save(target, quality=quality, optimize=True, progressive=True)
        if target.stat().st_size < _MOST:
            print(f"{target.name}: {picture.size}, quality {quality}, {target.stat().st_size:,} bytes")
            return
    raise RuntimeError(f"{target} has more than {_MOST} bytes")


class _Page:
    """A white sheet, filled from above."""

    def __init__(self, height: int) -> None:
        self.image = Image.new("RGB", (_WIDTH, height), _PAPER)
        self._draw = ImageDraw.Draw(self.image)
        self.top = _EDGE

    def words(self, left: float, text: str, size: int, colour: str = _INK, weight: int = 400) -> None:
        """One row; the next thing is below it."""
        self._draw.text((left, self.top), text, colour, lettering(size, weight))
        self.top += round(size * 1.5)

    def heading(self, text: str, more: str) -> None:
        """What a part of the sheet shows, and what there is to say of it."""
        self.top += 10
        self._draw.rectangle((_EDGE, self.top + 6, _EDGE + 6, self.top + 36), _RED)
        self._draw.text((_EDGE + 20, self.top), text, _INK, lettering(28, 700))
        beside = _EDGE + 36 + lettering(28, 700).getlength(text)
        self._draw.text((beside, self.top + 7), more, QUIETER, lettering(20, 400))
        self.top += 54

    def picture(self, path: Path, left: float, top: float, width: float, label: str = "") -> int:
        """A picture in this width, a label on it; its height."""
        with Image.open(path) as found:
            size = round(width), round(width * found.height / found.width)
            self.image.paste(found.convert("RGB").resize(size, Image.Resampling.LANCZOS), (round(left), round(top)))
        if label:
            length = lettering(18, 500).getlength(label)
            self._draw.rectangle((left, top + size[1] - 30, left + length + 20, top + size[1]), _INK)
            self._draw.text((left + 10, top + size[1] - 28), label, _PAPER, lettering(18, 500))
        return size[1]


def _sheet(film: dict[str, Any], cuts: list[dict[str, Any]]) -> Image.Image:
    """The poster and stills, the storyboard, the clips with their reasons."""
    paths = {output["name"]: Path(output["path"]) for output in film["outputs"]}
    page = _Page(3000)
    page.words(_EDGE, f"一个视频能变成什么：{film['file']}", 42, weight=800)
    page.words(_EDGE, "原片只解码一次，全部自动生成，逐件检验后才发布", 24, QUIETER)
    _pictures(page, paths)
    page.heading("故事板", "鼠标划过进度条时看到的小画面（附 WebVTT）")
    page.top += page.picture(paths["storyboard.jpg"], _EDGE, page.top, _WIDTH - 2 * _EDGE) + _GAP
    page.heading("精彩片段", "起止精确到帧；每一段都写明入选理由，编辑可以改选")
    _clips(page, paths, cuts)
    whole = page.image.crop((0, 0, _WIDTH, page.top + _EDGE))
    return whole.resize((_SHOWN, round(whole.height * _SHOWN / _WIDTH)), Image.Resampling.LANCZOS)


def _pictures(page: _Page, paths: dict[str, Path]) -> None:
    page.heading("封面和剧照", "避开黑场、模糊和转场，选清晰、曝光好的画面")
    half = (_WIDTH - 2 * _EDGE - _GAP) / 2
    small = (half - _GAP) / 2
    height = page.picture(paths["poster.jpg"], _EDGE, page.top, half, "封面")
    for n in range(4):
        left = _EDGE + half + _GAP + (n % 2) * (small + _GAP)
        top = page.top + (n // 2) * (height - small * 9 / 16)
        page.picture(paths[f"still-{n + 1}.jpg"], left, top, small, f"剧照 {n + 1}")
    page.top += height + _GAP


def _clips(page: _Page, paths: dict[str, Path], cuts: list[dict[str, Any]]) -> None:
    """Three frames of each, and beside them when it is and why it was chosen."""
    width, words = 330, _EDGE + 3 * (330 + 8) + 24
    for number, cut in enumerate(cuts, 1):
        top, (start, end) = page.top, (Fraction(cut["start"]), Fraction(cut["end"]))
        for n in range(3):
            frame = _frame(paths[f"clip-{number}.mp4"], float(end - start) * (0.15 + 0.35 * n), n)
            height = page.picture(frame, _EDGE + n * (width + 8), top, width)
        page.words(words, f"片段 {number}　{float(start):.1f}—{float(end):.1f} 秒", 26, weight=700)
        for reason in cut["reasons"]:
            page.words(words, f"· {reason}", 21, QUIETER)
        page.top = top + height + _GAP


def _frame(clip: Path, at: float, number: int) -> Path:
    """One frame of a clip, as a file beside it."""
    target = clip.with_suffix(f".{number}.png")
    command = [executable(), "-v", "error", "-nostdin", "-y", "-ss", str(at), "-i", str(clip), "-frames:v", "1"]
    subprocess.run([*command, str(target)], check=True)
    return target


if __name__ == "__main__":
    main()
