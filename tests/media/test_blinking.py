"""A still with open eyes takes the place of one with shut ones. Measured on a real face: nobody draws a blink."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from pipelines.domain.model import Edit
from pipelines.sandbox.messages import ANALYSIS, EDIT, FILM
from pipelines.tools.video import blinking
from pipelines.tools.video.frames import Frames
from tests.media import clips
from tests.unit.facts import analysis, sample, video_plan

OPEN, SHUT = (9, 60, 180, 240), (24, 108, 120, 135)  # frames, looked at by a person


@pytest.fixture(scope="module")
def film(corpus, tmp_path_factory) -> Path:
    """Somebody says hello: ten seconds, constant rate."""
    path = tmp_path_factory.mktemp("blinking") / "master.mp4"
    source = corpus / "video" / "deb_forensics-samp__movie-hello.mp4"
    tags = "fps=30,setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
    coded = ("-c:v", "libx264", "-preset", "superfast", "-crf", "18", "-g", "60")
    clips.ffmpeg("-i", str(source), "-an", "-vf", tags, *coded, str(path))
    return path


@pytest.mark.corpus
def test_open_eyes_are_told_from_shut_ones(film):
    with Frames(film) as frames:
        seen = {n: blinking.EYES.open(np.asarray(frames.at(Fraction(n, 30)))[:, :, ::-1]) for n in (*OPEN, *SHUT)}

    assert min(seen[n] for n in OPEN) >= 3
    assert max(seen[n] for n in SHUT) <= 1


def test_where_there_is_no_face_nothing_is_shut():
    assert blinking.EYES.open(np.full((360, 640, 3), 90, np.uint8)) == 4


@pytest.mark.corpus
def test_a_still_moves_to_where_the_eyes_are_open(film, monkeypatch, tmp_path):
    step = Fraction(1, 5)
    seen = analysis([sample(faces=1, face=0.2)] * 50, step)
    edit = Edit((), (Fraction(2), Fraction(18, 5)), Fraction(18, 5))  # 3.6 s: she looks down
    (tmp_path / "master.mp4").write_bytes(film.read_bytes())
    (tmp_path / "analysis.json").write_bytes(ANALYSIS.dump_json(seen))
    monkeypatch.chdir(tmp_path)
    with Frames(film) as frames:
        for number, time in enumerate(edit.stills, 1):
            frames.at(time).save(f"still-{number}.jpg")
    before = Path("still-2.jpg").read_bytes()

    reply = blinking.serve(
        {
            "plan": FILM.dump_python(video_plan(), mode="json"),
            "edit": json.loads(EDIT.dump_json(edit)),
            "stills": [1, 2],
        }
    )

    made = EDIT.validate_json(reply)
    assert made.stills[0] == 2
    assert made.stills[1] != Fraction(18, 5)
    assert abs(made.stills[1] - Fraction(18, 5)) <= Fraction(6, 5)
    assert made.poster == made.stills[1]
    assert Path("still-2.jpg").read_bytes() != before
    assert Path("poster.jpg").read_bytes() == Path("still-2.jpg").read_bytes()
