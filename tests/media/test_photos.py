"""Photos end to end: what complies keeps its pixels, colours are converted, and what could be better is told."""

from __future__ import annotations

import io
import json
import struct
import time
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from pipelines.tools.bitstream import icc
from tests.media import measures
from tests.running import Footage

SIZE = (2400, 1600)


def scene(size: tuple[int, int] = SIZE) -> Image.Image:
    """Something with edges, tones and the grain of a sensor."""
    return drawn(size).copy()


@cache
def drawn(size: tuple[int, int]) -> Image.Image:
    random = np.random.default_rng(3)
    x, y = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    tones = np.stack([60 + 120 * x, 80 + 80 * y, 160 - 60 * x * y], axis=2)
    picture = Image.fromarray(np.clip(tones + random.normal(0, 4, tones.shape), 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for n in range(60):
        left, top = (int(value) for value in random.integers(0, 0.9 * min(size), 2))
        colour = tuple(int(value) for value in random.integers(40, 220, 3))
        draw.rectangle((left, top, left + 40 + 9 * n, top + 30 + 5 * n), outline=colour, width=6)
    return picture


def exif(**tags: Any) -> Image.Exif:
    made = Image.Exif()
    made[0x010F], made[0x013B] = "ACME", "Li Lei"
    made.get_ifd(0x8769).update({0x9003: tags.get("taken", "2020:06:16 09:30:00"), 0xA431: "SERIAL-77"})
    made.get_ifd(0x8825).update({1: "N", 2: (23.0, 26.0, 0.0), 3: "E", 4: (115.0, 50.0, 0.0)})
    return made


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    page = Image.new("RGB", SIZE, "white")
    for line in range(100, 1500, 200):
        ImageDraw.Draw(page).text((100, line), "OA 2020-06-16 approved", fill="black", font_size=150)
    pictures = {
        "plain.jpg": (scene(), {"quality": 95, "exif": exif()}),
        "progressive.jpg": (scene().rotate(180), {"quality": 95, "progressive": True}),
        "p3.png": (ImageOps.mirror(scene()), {"icc_profile": icc.profile("p3")}),
        "blurred.jpg": (ImageOps.flip(scene()).filter(ImageFilter.GaussianBlur(14)), {"exif": exif()}),
        "dark.jpg": (scene().point(lambda value: value // 9), {"exif": exif()}),
        "bright.jpg": (ImageOps.invert(scene()).point(lambda value: min(255, value + 190)), {"exif": exif()}),
        "screenshot.png": (page, {}),
        "again.jpg": (scene().resize((2000, 1334)).filter(ImageFilter.GaussianBlur(2)), {"quality": 80}),
        "cmyk.jpg": (scene().transpose(Image.Transpose.TRANSPOSE).convert("CMYK"), {}),
    }
    made = {}
    for name, (picture, how) in pictures.items():
        file = io.BytesIO()
        picture.save(file, "PNG" if name.endswith("png") else "JPEG", **how)
        made[name] = file.getvalue()
    return made


@pytest.fixture(scope="module")
def published(album, hasty, tmp_path_factory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("album")
    for name, data in album.items():
        (folder / name).write_bytes(data)
    footage = Footage(folder / "home", (("FOOTAGE_CAMPAIGN", str(hasty)),))
    results = footage("process", *(folder / name for name in album), "--json").objects
    return {Path(result["file"]).name: result for result in results}


def photo_of(result: dict[str, Any]) -> Path:
    return next(Path(output["path"]) for output in result["outputs"] if output["role"] == "photo")


def codes(result: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in result["findings"]} - {"private-data-removed", "clocks", "name-differs"}


@pytest.mark.parametrize("name", ["plain.jpg", "progressive.jpg"])
def test_a_jpg_that_complies_has_the_pixels_it_came_with(album, published, name):
    before = measures.pixels(_written(published[name], album[name]))

    after = measures.pixels(photo_of(published[name]))

    assert np.array_equal(before, after)


def _written(result: dict[str, Any], data: bytes) -> Path:
    path = photo_of(result).with_suffix(".original.jpg")
    path.write_bytes(data)
    return path


def test_nothing_it_says_of_people_and_places_is_published(album, published):
    for output in published["plain.jpg"]["outputs"]:
        data = Path(output["path"]).read_bytes()
        assert not [word for word in (b"ACME", b"Li Lei", b"SERIAL-77", b"Exif") if word in data]


def test_a_wide_gamut_picture_is_converted_by_its_profile(album, published):
    with Image.open(io.BytesIO(album["p3.png"])) as before, Image.open(photo_of(published["p3.png"])) as after:
        linear = [_linear(np.asarray(image.resize((60, 40), Image.Resampling.BOX))) for image in (before, after)]

    # Display P3 to sRGB by the matrix of CSS Color 4, section 17.
    matrix = np.array([[1.22494, -0.22494, 0.0], [-0.04206, 1.04206, 0.0], [-0.01964, -0.07864, 1.09827]])
    assert np.abs(np.clip(linear[0] @ matrix.T, 0, 1) - linear[1]).mean() < 0.01
    assert np.abs(linear[0] - linear[1]).mean() > 0.01


def _linear(pixels: np.ndarray) -> np.ndarray:
    values = pixels / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("plain.jpg", set()),
        ("blurred.jpg", {"out-of-focus"}),
        ("dark.jpg", {"underexposed"}),
        ("bright.jpg", {"overexposed"}),
        ("screenshot.png", {"overexposed", "screenshot"}),
        ("cmyk.jpg", {"colour-unknown"}),
    ],
)
def test_what_could_be_better_is_told_and_nothing_else(published, name, told):
    assert published[name]["state"] == "published"
    assert codes(published[name]) - {"near-duplicate"} == told


def test_the_same_scene_sent_again_smaller_is_known_and_the_sharper_one_is_named(published):
    (found,) = [f for f in published["again.jpg"]["findings"] if f["code"] == "near-duplicate"]

    assert published["plain.jpg"]["job"][:8] in found["text"]
    assert f"任务 {published['plain.jpg']['job'][:8]} 最清晰" in found["text"]


def test_of_a_burst_the_earlier_one_is_told_too_when_a_sharper_one_comes(footage, tmp_path):
    scene().filter(ImageFilter.GaussianBlur(2)).save(tmp_path / "first.jpg", quality=90)
    scene().save(tmp_path / "second.jpg", quality=90)

    first, second = footage("process", tmp_path / "first.jpg", tmp_path / "second.jpg", "--json").objects

    told = {job["id"]: job for job in footage("status", "--json").objects}
    for job in (first, second):
        (found,) = [f for f in told[job["job"]]["findings"] if f["code"] == "near-duplicate"]
        assert ("本张最清晰" in found["text"]) == (job is second)
        assert (f"任务 {second['job'][:8]} 最清晰" in found["text"]) == (job is first)


def test_the_very_same_file_sent_again_says_so_and_names_the_first(footage, tmp_path):
    scene().save(tmp_path / "photo.jpg", quality=90)

    first, second = (footage("process", tmp_path / "photo.jpg", "--json").objects[0] for _ in range(2))

    assert "sent-before" not in {found["code"] for found in first["findings"]}
    (told,) = [found["text"] for found in second["findings"] if found["code"] == "sent-before"]
    assert told == f"与任务 {first['job'][:8]} 的文件完全相同，是同一文件再次上传。"


def test_the_clocks_stand_side_by_side(published):
    (found,) = [f for f in published["plain.jpg"]["findings"] if f["code"] == "clocks"]

    assert found["text"].startswith("时间对照：相机 2020-06-16 09:30:00，服务器收到 20")


def test_a_manifest_keeps_the_look_and_says_why_it_was_copied(published):
    manifest = json.loads(Path(published["plain.jpg"]["manifest"]).read_text(encoding="utf-8"))

    assert manifest["plan"]["copied"]
    assert len(manifest["quality"]["print"]) == 16


def _promising(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises this many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(64))), (b"IEND", b"")]
    parts = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_a_header_that_promises_too_much_is_refused_at_once(tmp_path, footage):
    bombs = [tmp_path / f"bomb-{n}.png" for n in range(12)]
    for n, bomb in enumerate(bombs):
        bomb.write_bytes(_promising(60_000 + n, 60_000))
    footage("process", bombs[0], "--json")
    began = time.monotonic()
    footage("process", bombs[1], "--json")
    one = time.monotonic() - began

    began = time.monotonic()
    results = footage("process", *bombs[2:], "--json").objects
    ten = time.monotonic() - began

    assert {(r["state"], r["findings"][-1]["code"]) for r in results} == {("rejected", "too-large")}
    assert (ten - one) / 9 < 0.4  # the figure itself, on a quiet machine, is printed by the bench
    print(f"refused after {(ten - one) / 9 * 1000:.0f} ms each")


@pytest.mark.parametrize("how", [{}, {"exif": "turned"}, {"quality": 60}], ids=["copied", "turned", "small"])
def test_a_jpeg_whose_data_ends_before_its_end_marker_is_truncated_though_it_opens(footage, tmp_path, how):
    turned = Image.Exif()
    turned[0x0112] = 6
    size = (1000, 800) if "quality" in how else (2048, 1536)
    scene(size).save(tmp_path / "whole.jpg", **{"quality": 90, **how, **({"exif": turned} if "exif" in how else {})})
    whole = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) * 2 // 3] + b"\xff\xd9")
    with Image.open(tmp_path / "cut.jpg") as opened:
        opened.load()  # nothing is said

    done = footage("process", tmp_path / "whole.jpg", tmp_path / "cut.jpg", "--json").objects

    assert [one["state"] for one in done] == ["published", "rejected"]
    assert codes(done[1]) == {"truncated"}


def test_a_whole_photo_of_something_as_grey_is_no_truncated_one(footage, tmp_path):
    picture = scene()
    ImageDraw.Draw(picture).rectangle((1200, 900, 2400, 1600), fill=(128, 128, 128))
    picture.save(tmp_path / "wall.jpg", quality=90)

    (done,) = footage("process", tmp_path / "wall.jpg", "--json").objects

    assert done["state"] == "published"


def lying(path: Path, **how: Any) -> bytes:
    turned = Image.Exif()
    turned[0x0112] = 6
    scene((2048, 1536)).save(path, quality=90, exif=turned, **how)
    return path.read_bytes()


def test_what_cannot_be_turned_as_it_is_coded_is_decoded_and_encoded(footage, tmp_path):
    whole = lying(tmp_path / "whole.jpg")
    (tmp_path / "stray.jpg").write_bytes(whole[:-2] + b"stray bytes" + whole[-2:])

    done = footage("process", tmp_path / "whole.jpg", tmp_path / "stray.jpg", "--json").objects

    assert [one["state"] for one in done] == ["published", "published"]
    plans = [json.loads(Path(one["manifest"]).read_text())["plan"] for one in done]
    assert [(plan["copied"], plan["turn"]) for plan in plans] == [(True, 6), (False, 1)]
    for one in done:
        assert measures.pixels(photo_of(one)).shape == (2048, 1536, 3)


@pytest.mark.parametrize("kind", ["at a restart", "inks", "another gamma", "the last row of a large one"])
def test_however_its_data_ends_early_it_is_truncated(footage, tmp_path, kind):
    path = tmp_path / "cut.jpg"
    if kind == "at a restart":
        scene((2048, 1536)).save(path, quality=90, restart_marker_rows=1)
        whole = path.read_bytes()
        whole = whole[: whole.index(b"\xff\xd5", len(whole) // 2)]
    elif kind == "inks":
        scene((2048, 1536)).convert("CMYK").save(path, quality=90)
        whole = path.read_bytes()[: path.stat().st_size * 2 // 3]
    elif kind == "another gamma":
        scene((2048, 1536)).save(path, quality=90, icc_profile=icc.profile("adobe"))
        whole = path.read_bytes()[: path.stat().st_size * 2 // 3]
    else:
        scene((2000, 1500)).resize((8000, 6000), Image.Resampling.NEAREST).save(path, quality=90)
        whole = path.read_bytes()[:-400]
    path.write_bytes(whole + b"\xff\xd9")

    (done,) = footage("process", path, "--json").objects

    assert (done["state"], codes(done)) == ("rejected", {"truncated"})
