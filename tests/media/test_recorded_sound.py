"""Sound as people record it: on one side, in opposite phase, clipped, or none although there is a track."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from pipelines.tools.ffmpeg.binary import executable
from tests.media import clips
from tests.running import Footage

VOICE = "0.3*sin(880*PI*t)*(0.6+0.4*sin(5*t))"


def film(path: Path, left: str, right: str) -> Path:
    """Four seconds with this sound, as an aevalsrc expression a side."""
    sound = f"aevalsrc='{left}|{right}':s=48000:d=4"
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le")
    clips.ffmpeg("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=4", "-f", "lavfi", "-i", sound, *coded, str(path))
    return path


def heard(footage: Footage, path: Path) -> tuple[np.ndarray, set[str]]:
    """The master's two channels, and the codes of what was found."""
    result = footage("process", path, "--json").objects[0]
    master = next(output["path"] for output in result["outputs"] if output["role"] == "master")
    command = [executable(), "-v", "error", "-i", master, "-map", "0:a", "-f", "f32le", "-ar", "48000", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.float32).reshape(-1, 2), {finding["code"] for finding in result["findings"]}


def rms(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt((samples.astype(float) ** 2).mean()) + 1e-9))


@pytest.mark.parametrize(("left", "right"), [(VOICE, "0"), ("0", VOICE), (VOICE, f"0.05*{VOICE}")])
def test_a_sound_on_one_side_is_brought_to_both_and_told(footage, tmp_path, left, right):
    sound, codes = heard(footage, film(tmp_path / "film.mov", left, right))

    assert abs(rms(sound[:, 0]) - rms(sound[:, 1])) < 1
    assert rms(sound[:, 0]) > -32
    assert "one-sided" in codes


def test_channels_in_opposite_phase_are_turned_and_do_not_cancel_on_a_phone(footage, tmp_path):
    sound, codes = heard(footage, film(tmp_path / "film.mov", VOICE, f"-({VOICE})"))

    assert rms(sound.mean(axis=1)) > rms(sound[:, 0]) - 1
    assert "opposite-phase" in codes


def test_an_ordinary_stereo_sound_is_left_as_it_is(footage, tmp_path):
    other = "0.3*sin(1320*PI*t)*(0.6+0.4*sin(3*t))"

    sound, codes = heard(footage, film(tmp_path / "film.mov", f"0.7*{VOICE}+0.2*{other}", other))

    assert np.corrcoef(sound[:, 0], sound[:, 1])[0, 1] < 0.7
    assert not codes & {"one-sided", "opposite-phase", "clipped", "hum", "rumble", "silent", "too-quiet"}


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("max(-1,min(1,6*sin(880*PI*t)))", "clipped"),
        ("0.2*sin(100*PI*t)+0.08*sin(200*PI*t)+0.02*sin(900*PI*t)", "hum"),
        ("0.2*sin(2*PI*(25+7*sin(t))*t)", "rumble"),
        ("0.00001*sin(880*PI*t)", "silent"),
        ("0.0012*sin(880*PI*t)", "too-quiet"),
    ],
)
def test_a_bad_recording_is_told_and_published(footage, tmp_path, expression, code):
    _, codes = heard(footage, film(tmp_path / "film.mov", expression, expression))

    assert code in codes
