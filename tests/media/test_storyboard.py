"""The storyboard is made of the frames that analysis sees: which are kept, and where they lie on the sheet."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from PIL import Image

from pipelines.domain.model import Sampling
from pipelines.tools.video.storyboard import Tiles, write
from tests.unit.facts import editing, video_plan

WIDE, TALL = (Sampling(Fraction(5), width, 180, Fraction(30)) for width in (320, 102))


@cache
def frame(sampling: Sampling, colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((sampling.height, sampling.width, 3), colour[::-1], np.uint8)


def seen(frames: int, wanted: int, every: int = 20) -> Tiles:
    tiles = Tiles(WIDE, wanted, every)
    for number in range(frames):
        tiles.see(number, frame(WIDE, (number % 256, 0, 0)))
    return tiles


def test_a_frame_is_kept_every_gop_and_each_is_the_one_of_its_time():
    shown = seen(101, wanted=50).shown(Fraction(20))

    assert [*shown] == [0, 4, 8, 12, 16]
    assert [int(picture[0, 0, 2]) for picture in shown.values()] == [0, 20, 40, 60, 80]


@pytest.mark.parametrize("frames", [1, 19, 100, 3_000, 9_000])
def test_however_long_a_film_no_more_than_twice_the_tiles_are_kept_and_they_span_it(frames):
    tiles = seen(frames, wanted=10)

    times = [*tiles.shown(Fraction(frames, 5))]

    assert len(tiles.kept) <= 20
    assert (times[0], len(times)) == (0, min(10, -(-frames // 20)))
    assert frames / 5 - float(times[-1]) <= max(frames / 5 / len(times) * 2, 4)


def test_the_film_s_first_frame_is_shown_even_of_a_film_that_is_shorter_than_a_step():
    assert [*seen(1, wanted=10).shown(Fraction(1, 50))] == [0]


@pytest.mark.parametrize(("sampling", "filled"), [(WIDE, 240), (TALL, 76)])
def test_each_tile_holds_the_whole_picture_in_its_middle(tmp_path, sampling, filled):
    plan = replace(video_plan(), sampling=sampling, editing=editing(storyboard_columns=2))
    colours = [(200, 30, 30), (30, 200, 30), (30, 30, 200)]
    tiles = {Fraction(4 * n): frame(sampling, colour) for n, colour in enumerate(colours)}

    write(tiles, plan, tmp_path)

    sheet = np.asarray(Image.open(tmp_path / "storyboard.jpg").convert("RGB")).astype(int)
    assert sheet.shape == (270, 480, 3)
    for n, colour in enumerate(colours):
        row, column = divmod(n, 2)
        tile = sheet[row * 135 : (row + 1) * 135, column * 240 : (column + 1) * 240]
        assert np.abs(tile[67, 120] - colour).max() < 12
        lit = np.flatnonzero(tile[67].max(axis=1) > 90)
        assert (abs(len(lit) - filled) <= 4, abs(lit.mean() - 119.5) <= 2) == (True, True)
    assert (tmp_path / "storyboard.vtt").read_text().count("#xywh=") == 3
