"""Which of the pictures around a moment becomes the still, on a film where some are blurred and one is a flash."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.tools.ffmpeg.binary import executable
from pipelines.tools.video.editing import save_stills
from pipelines.tools.video.frames import Frames
from pipelines.tools.video.resharpening import sharpest
from tests.unit.facts import analysis, edit, sample, video_plan

RATE, COUNT, SIZE = 25, 150, (480, 270)
BLURRED, FLASH = range(70, 80), 66


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    """Six seconds of one picture; around 3 s a little blurred, shortly before a flash whose edges are the sharpest."""
    path = tmp_path_factory.mktemp("stills") / "film.mp4"
    sharp = np.kron(np.random.default_rng(7).integers(60, 140, (27, 48), np.uint8), np.ones((10, 10), np.uint8))
    frames = [sharp] * COUNT
    for number in BLURRED:
        frames[number] = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 3), np.uint8)
    frames[FLASH] = np.clip((sharp.astype(np.int16) - 60) * 3 + 40, 0, 255).astype(np.uint8)
    raw = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{SIZE[0]}x{SIZE[1]}", "-r", str(RATE), "-i", "-"]
    coded = ["-c:v", "libx264", "-crf", "12", "-g", "50", "-pix_fmt", "yuv420p", "-y", str(path)]
    data = b"".join(frame.tobytes() for frame in frames)
    subprocess.run([executable(), "-v", "error", *raw, *coded], input=data, check=True)
    return path


def test_a_sharper_picture_beside_the_moment_is_the_still_but_no_flash(film):
    with Frames(film) as frames:
        moment, _ = sharpest(frames, (Fraction(13, 5), Fraction(17, 5)), Fraction(3))

    number = moment * RATE
    assert 65 <= number < 85
    assert number not in {*BLURRED, FLASH}


def test_the_picture_is_that_of_the_moment_told_and_another_can_be_taken_afterwards(film):
    with Frames(film) as frames:
        moment, picture = sharpest(frames, (Fraction(13, 5), Fraction(17, 5)), Fraction(3))
        again, key = frames.at(moment), frames.key(Fraction(2))

    assert np.array_equal(np.asarray(picture), np.asarray(again))
    assert key.size == SIZE


def test_where_there_is_nothing_to_choose_from_it_is_the_picture_of_the_moment(film):
    end = Fraction(COUNT, RATE)
    with Frames(film) as frames:
        moment, picture = sharpest(frames, (end, end), end)
        last = frames.at(end)

    assert moment == end
    assert np.array_equal(np.asarray(picture), np.asarray(last))


def test_what_was_taken_is_told_and_the_poster_is_one_of_them(film, tmp_path, monkeypatch):
    seen = analysis([sample()] * 30, Fraction(1, 5))
    plan = replace(video_plan(), sampling=replace(video_plan().sampling, rate=Fraction(5)))
    chosen = edit((0, 4), stills=(2, 3, 4))
    monkeypatch.chdir(tmp_path)

    with Frames(film) as frames:
        taken = save_stills(frames, plan, seen, replace(chosen, poster=Fraction(3)), (Fraction(0), Fraction(2)))

    assert taken.stills[0] == 2  # a key frame, as it is
    assert 2 < taken.stills[1] < Fraction(7, 2) < taken.stills[2] < 5
    assert taken.stills[1] * RATE not in {*BLURRED, FLASH}
    assert taken.poster == taken.stills[1]
    assert Path("poster.jpg").read_bytes() == Path("still-2.jpg").read_bytes()
