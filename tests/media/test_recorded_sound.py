"""Sound as people record it: on one side, in opposite phase, clipped, or none although there is a track."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.tools.ffmpeg.binary import executable
from tests.media import clips
from tests.running import Footage

VOICE = "0.3*sin(880*PI*t)*(0.6+0.4*sin(5*t))"
OTHER = "0.3*sin(1320*PI*t)*(0.6+0.4*sin(3*t))"
CLIPPED = "max(-1,min(1,6*sin(880*PI*t)))"
HUM = "0.2*sin(100*PI*t)+0.08*sin(200*PI*t)+0.02*sin(900*PI*t)"
RUMBLE = "0.2*sin(2*PI*(25+7*sin(t))*t)"
SILENT = "0.00001*sin(880*PI*t)"
QUIET = "0.0012*sin(880*PI*t)"
SOUNDS = {  # as aevalsrc expressions, a side each
    "left": (VOICE, "0"),
    "right": ("0", VOICE),
    "nearly left": (VOICE, f"0.05*{VOICE}"),
    "opposite": (VOICE, f"-({VOICE})"),
    "ordinary": (f"0.7*{VOICE}+0.2*{OTHER}", OTHER),
    "clipped": (CLIPPED, CLIPPED),
    "hum": (HUM, HUM),
    "rumble": (RUMBLE, RUMBLE),
    "silent": (SILENT, SILENT),
    "too-quiet": (QUIET, QUIET),
}
Heard = dict[str, tuple[np.ndarray, set[str]]]


@pytest.fixture(scope="module")
def heard(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Heard:
    """Of each sound, the master's two channels, and the codes of what was found."""
    folder = tmp_path_factory.mktemp("sounds")
    films = [film(folder / f"{name}.mov", *sides) for name, sides in SOUNDS.items()]
    footage = Footage(folder / "home", (("FOOTAGE_CAMPAIGN", str(small)),))
    results = footage("process", *films, "--json").objects
    return {name: (channels(it), codes(it)) for name, it in zip(SOUNDS, results, strict=True)}


def film(path: Path, left: str, right: str) -> Path:
    """Three seconds with this sound, and a picture that costs little."""
    sound = f"aevalsrc='{left}|{right}':s=48000:d=3"
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le")
    clips.ffmpeg("-f", "lavfi", "-i", "smptebars=s=640x360:r=25:d=3", "-f", "lavfi", "-i", sound, *coded, str(path))
    return path


def channels(result: dict[str, Any]) -> np.ndarray:
    master = next(output["path"] for output in result["outputs"] if output["role"] == "master")
    command = [executable(), "-v", "error", "-i", master, "-map", "0:a", "-f", "f32le", "-ar", "48000", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.float32).reshape(-1, 2)


def codes(result: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in result["findings"]}


def rms(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt((samples.astype(float) ** 2).mean()) + 1e-9))


@pytest.mark.parametrize("name", ["left", "right", "nearly left"])
def test_a_sound_on_one_side_is_brought_to_both_and_told(heard, name):
    sound, told = heard[name]

    assert abs(rms(sound[:, 0]) - rms(sound[:, 1])) < 1
    assert rms(sound[:, 0]) > -32
    assert "one-sided" in told


def test_channels_in_opposite_phase_are_turned_and_do_not_cancel_on_a_phone(heard):
    sound, told = heard["opposite"]

    assert rms(sound.mean(axis=1)) > rms(sound[:, 0]) - 1
    assert "opposite-phase" in told


def test_an_ordinary_stereo_sound_is_left_as_it_is(heard):
    sound, told = heard["ordinary"]

    assert np.corrcoef(sound[:, 0], sound[:, 1])[0, 1] < 0.7
    assert not told & {"one-sided", "opposite-phase", "clipped", "hum", "rumble", "silent", "too-quiet"}


@pytest.mark.parametrize("code", ["clipped", "hum", "rumble", "silent", "too-quiet"])
def test_a_bad_recording_is_told_and_published(heard, code):
    _, told = heard[code]

    assert code in told
