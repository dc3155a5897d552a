"""The words of banners and signs in stills and photos: read, kept, and found by a search."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipelines.sandbox.limits import Scratch
from pipelines.stages.lettering import read_words
from pipelines.tools.captions.fonts import font_file
from tests.media.clips import ffmpeg
from tests.running import Footage
from tests.unit.facts import small_rules

THEME, SIGN = "消除事故隐患 筑牢安全防线", "严禁烟火"
BANNER = THEME.replace(" ", "")


def scene(*texts: str, size: tuple[int, int] = (1920, 1080), turn: float = 0) -> Image.Image:
    """A wall with a red banner for each text, below each other."""
    noise = np.random.default_rng(5).normal(0, 6, (size[1], size[0], 1))
    picture = Image.fromarray(np.clip(noise + np.array([96, 128, 104]), 0, 255).astype(np.uint8))
    draw, font = ImageDraw.Draw(picture), ImageFont.truetype(str(font_file()), size[1] // 14)
    for number, text in enumerate(texts):
        left, top, height = size[0] // 12, size[1] // 4 + number * size[1] // 5, size[1] // 9
        draw.rectangle((left, top, left + draw.textlength(text, font) + height, top + height), fill=(190, 24, 32))
        draw.text((left + height // 2, top), text, (250, 226, 90), font)
    return picture.rotate(turn, Image.Resampling.BICUBIC, fillcolor=(96, 128, 104))


def read(folder: Path, picture: Image.Image, *, confined: bool = True) -> list[str]:
    picture.save(folder / "picture.jpg", quality=90)
    found = read_words([("picture.jpg", None)], Scratch(folder, confined), lambda: None, {})
    return [text.text.replace(" ", "") for text in found]


@pytest.fixture
def reading(tmp_path: Path) -> Footage:
    """The command line with a campaign for small films in which words are read."""
    rules = tmp_path / "reading.toml"
    rules.write_text(small_rules().replace("read_words = false\n", ""), encoding="utf-8")
    return Footage(tmp_path / "home", (("FOOTAGE_CAMPAIGN", str(rules)),))


@pytest.mark.parametrize("turn", [0, 6, -12], ids="turned by {}".format)
def test_a_banner_is_read_in_a_child_without_a_network(tmp_path, turn):
    assert read(tmp_path, scene(THEME, SIGN, turn=turn)) == [BANNER, SIGN]


def test_a_wall_without_words_has_none(tmp_path):
    assert read(tmp_path, scene()) == []


def test_a_picture_that_cannot_be_read_costs_the_words_and_no_more(tmp_path, caplog):
    (tmp_path / "picture.jpg").write_bytes(b"no picture")

    found = read_words([("picture.jpg", None)], Scratch(tmp_path), lambda: None, {"job": "1234"})

    assert found == ()
    assert [(record.getMessage(), record.job) for record in caplog.records] == [("no words were read", "1234")]


def test_a_line_that_stands_in_several_pictures_is_told_once_and_when_it_came(tmp_path):
    for name, texts in (("still-1.jpg", (THEME,)), ("still-2.jpg", (THEME, SIGN))):
        scene(*texts).save(tmp_path / name, quality=90)

    found = read_words([("still-1.jpg", Fraction(2)), ("still-2.jpg", Fraction(7))], Scratch(tmp_path), bool, {})

    assert [(text.text.replace(" ", ""), text.at) for text in found] == [(BANNER, Fraction(2)), (SIGN, Fraction(7))]


@pytest.mark.parametrize("kind", ["photo", "film"])
def test_a_submission_is_found_by_the_words_of_its_banner(reading, tmp_path, kind):
    # Given a photo or a film of a banner, whose name says nothing
    picture = scene(THEME, size=(640, 360) if kind == "film" else (1920, 1080))  # as large as its stills will be
    picture.save(tmp_path / "IMG_0001.jpg", quality=92)
    path = tmp_path / "IMG_0001.jpg"
    if kind == "film":
        path = tmp_path / "VID_0001.mp4"
        still = ("-loop", "1", "-framerate", "25", "-t", "1", "-i", str(tmp_path / "IMG_0001.jpg"))
        coded = ("-preset", "ultrafast", "-pix_fmt", "yuv420p", "-shortest")
        ffmpeg(*still, "-f", "lavfi", "-t", "1", "-i", "sine", *coded, str(path))

    # When it is processed
    done = reading("process", path, "--json")

    # Then the manifest keeps the words, and a search for any of them finds it
    assert done.status == 0, done.err
    (manifest,) = (json.loads(path.read_text()) for path in reading.stored("published") if path.name == "manifest.json")
    assert [text["text"].replace(" ", "") for text in manifest["seen"]] == [BANNER]
    found = [len(reading("status", "--search", word, "--json").objects) for word in ("隐患", "筑牢", "烟火")]
    assert found == [1, 1, 0]
