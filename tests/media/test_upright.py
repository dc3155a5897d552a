"""Pictures come out upright, whatever turned them: seen by the colours of their corners, not by a tag."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from tests.media import clips, measures
from tests.running import Footage
from tests.unit.facts import small_other_rules, small_photo_rules

TURNS = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # EXIF orientation → the transposition that hides it

SIZE = (640, 492)  # across whole blocks, down not

FILMS = {
    **{f"turned-{turn}.mp4": clips.Clip(seconds=0.5, turn=turn) for turn in (0, 90, 180, 270)},
    "portrait.mp4": clips.Clip(seconds=0.5, width=360, height=640),
}


@pytest.fixture(scope="module")
def stills(small: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, measures.Pixels]:
    """The first still of each of the films."""
    folder = tmp_path_factory.mktemp("films")
    paths = [clips.make(folder / name, clip) for name, clip in FILMS.items()]
    footage = Footage(folder / "home", (("FOOTAGE_CAMPAIGN", str(small)),))
    results = footage("process", *paths, "--json").objects
    found = [next(it["path"] for it in result["outputs"] if it["role"] == "still") for result in results]
    return dict(zip(FILMS, map(measures.pixels, map(Path, found)), strict=True))


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_video_that_a_matrix_turns_is_upright(stills, turn):
    still = stills[f"turned-{turn}.mp4"]

    assert still.shape == (360, 640, 3)
    for corner, colour in measures.corners(still).items():
        assert measures.near(colour, clips.CORNERS[corner]), (corner, colour)


def test_a_portrait_video_stands_in_the_middle_before_a_blurred_picture_of_itself(stills):
    still = stills["portrait.mp4"]

    left, middle, right = (measures.sharpness(part) for part in (still[:, :213], still[:, 223:417], still[:, 427:]))
    assert max(left, right) < middle / 10
    assert 10 < measures.brightness(still[:, :213]) < measures.brightness(still[:, 220:420])
    for corner, colour in measures.corners(still[:, 219:421]).items():
        assert measures.near(colour, clips.CORNERS[corner]), (corner, colour)


@pytest.fixture
def photos(tmp_path: Path) -> Footage:
    """The command line for small photos."""
    rules = tmp_path / "photos.toml"
    rules.write_text(small_photo_rules(), encoding="utf-8")
    return Footage(tmp_path / "home", (("FOOTAGE_CAMPAIGN", str(rules)),))


def marked(size: tuple[int, int]) -> Image.Image:
    picture = Image.new("RGB", size, "grey")
    draw, side = ImageDraw.Draw(picture), min(size) // 4
    places = [(0, 0), (size[0] - side, 0), (0, size[1] - side), (size[0] - side, size[1] - side)]
    for (x, y), colour in zip(places, clips.CORNERS.values(), strict=True):
        draw.rectangle((x, y, x + side, y + side), fill=colour)
    return picture


@pytest.mark.parametrize("suffix", ["jpg", "tiff", "png", "webp"])
def test_a_photo_in_each_of_the_eight_exif_turns_is_upright(photos, tmp_path, suffix):
    paths = [turned(tmp_path / f"turn-{orientation}.{suffix}", orientation) for orientation in TURNS]

    results = photos("process", *paths, "--json").objects

    for result in results:
        photo = next(Path(o["path"]) for o in result["outputs"] if o["role"] == "photo")
        picture = measures.pixels(photo)
        assert picture.shape == (*SIZE[::-1], 3), result["file"]
        with Image.open(photo) as published:
            assert dict(published.getexif()) == {}
        for corner, colour in measures.corners(picture).items():
            assert measures.near(colour, clips.CORNERS[corner]), (result["file"], corner, colour)
    assert len(results) == 8


@pytest.mark.parametrize("size", [(640, 480), (680, 508)], ids=["whole blocks", "blocks cut off at an edge"])
def test_a_jpeg_is_turned_without_loss_where_its_blocks_are_whole(photos, tmp_path, size):
    paths = [turned(tmp_path / f"turn-{n}.jpg", n, size, subsampling=0) for n in TURNS]
    whole = {n for n, needed in NEEDS.items() if all(side % 8 == 0 for side in needed(stored(size, n)))}

    results = photos("process", *paths, "--json").objects

    untouched = set()
    for number, path, result in zip(TURNS, paths, results, strict=True):
        photo = next(Path(o["path"]) for o in result["outputs"] if o["role"] == "photo")
        with Image.open(path) as before, Image.open(photo) as after:
            assert after.size == size
            assert dict(after.getexif()) == {}
            upright = ImageOps.exif_transpose(before)
            apart = np.abs(np.asarray(upright, np.int16) - np.asarray(after, np.int16))
            tables = {sum(table) for table in before.quantization.values()}
            # The inverse transform rounds along rows before columns: one level, on either side.
            if apart.max() <= 2 and {sum(table) for table in after.quantization.values()} == tables:
                untouched.add(number)
    assert untouched == whole


NEEDS = {
    1: lambda _: (),
    2: lambda s: s[:1],
    3: lambda s: s,
    4: lambda s: s[1:],
    5: lambda _: (),
    6: lambda s: s[1:],
    7: lambda s: s,
    8: lambda s: s[:1],
}


def stored(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return size if orientation < 5 else (size[1], size[0])


def turned(path: Path, orientation: int, size: tuple[int, int] = SIZE, **how: Any) -> Path:
    """A photo whose stored pixels are turned, so that its EXIF orientation shows it upright."""
    picture, undo = marked(size), TURNS[orientation]
    if undo is not None:
        picture = picture.transpose(Image.Transpose(undo))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SecretCamera"
    picture.save(path, exif=exif, quality=80 if how else 92, **how)
    return path


@pytest.mark.parametrize("turn", [0, 90])
def test_what_a_camera_calls_edge_is_cut_off_and_the_rest_keeps_its_shape(footage, tmp_path, turn):
    rules = tmp_path / "bars.toml"  # not a blurred surround
    rules.write_text(small_other_rules(), encoding="utf-8")
    edges = "color=red:size=720x576:rate=25:duration=0.5,drawbox=x=40:w=640:h=576:y=0:color=gray:t=fill"
    circle = "drawbox=x=260:y=188:w=200:h=200:color=white:t=fill"
    clips.ffmpeg("-f", "lavfi", "-i", f"{edges},{circle}", "-pix_fmt", "yuv420p", str(tmp_path / "whole.mov"))
    film = clips.with_aperture(tmp_path / "whole.mov", tmp_path / "edges.mov", 640, 576)
    if turn:
        clips.ffmpeg("-display_rotation", str(turn), "-i", str(film), "-c", "copy", str(tmp_path / "turned.mov"))
        film = clips.with_aperture(tmp_path / "turned.mov", tmp_path / "both.mov", 640, 576)

    done = footage("process", film, "--json", FOOTAGE_CAMPAIGN=str(rules)).objects[0]

    master = next(Path(o["path"]) for o in done["outputs"] if o["role"] == "master")
    picture = measures.frame(master, 0.3, (640, 360)).astype(int)
    white, red = picture.min(axis=2) > 200, (picture[..., 0] - picture[..., 1]) > 80
    wide, high = np.ptp(np.nonzero(white)[1]), np.ptp(np.nonzero(white)[0])
    assert abs(wide / high - 1) < 0.02
    assert red.mean() < 0.001
