"""A sound that decodes is chosen and comes out as stereo one can listen to; one that does not is silence, and told."""

from __future__ import annotations

import json
import subprocess
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from pipelines.tools.ffmpeg.binary import executable
from pipelines.tools.video import probe_video
from tests.media import clips, measures, tracks
from tests.running import Footage

SOUNDS = ("aac", "unknown", "centres", "discrete-6")
COMBINATIONS = [(sound,) for sound in SOUNDS] + list(permutations(SOUNDS, 2))


@pytest.fixture
def footage(tiny_footage: Footage) -> Footage:
    return tiny_footage


def tones(path: Path) -> list[set[int]]:
    """The tones in each channel of a film's sound, in hundreds of Hz: those within 30 dB of the loudest."""
    command = [executable(), "-v", "error", "-i", str(path), "-map", "0:a:0", "-f", "f32le", "-"]
    samples = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.float32).reshape(-1, 2)
    middle = samples[len(samples) // 4 : len(samples) // 4 + 48_000]
    heard = np.abs(np.fft.rfft(middle * np.hanning(len(middle))[:, None], axis=0))  # a bin a hertz
    levels = heard[300:2400:100].T
    return [{3 + int(n) for n in np.flatnonzero(channel > levels.max() / 32)} for channel in levels]


@pytest.mark.parametrize("flagged", ["first", "all", "none"])
@pytest.mark.parametrize("sounds", COMBINATIONS, ids="+".join)
def test_a_sound_that_can_be_decoded_is_chosen_whatever_its_place_and_flags(tmp_path, sounds, flagged):
    defaults = {"first": (0,), "all": range(len(sounds)), "none": ()}[flagged]
    film = tracks.film(tmp_path / "film.mov", *sounds, defaults=defaults)

    with film.open("rb") as file:
        facts = probe_video.read(file.fileno(), lambda _: None)

    chosen = None if facts.sound.audio is None else sounds[facts.sound.audio.index - 1]
    assert (chosen is None) == (set(sounds) == {"unknown"})
    assert chosen != "unknown"
    assert facts.sound.tracks == len(sounds)


@pytest.mark.parametrize(
    ("name", "sounds", "left", "right"),
    [
        ("spatial.mov", ("unknown", "aac"), {3}, {3}),
        ("centres.mov", ("centres",), {3}, {4}),
        ("discrete.mkv", ("discrete-12",), {3, 5, 7, 9, 11, 13}, {4, 6, 8, 10, 12, 14}),
        ("ambisonic.mkv", ("ambisonic-1",), {3, 4}, {3, 4}),
    ],
)
def test_unusual_channels_come_out_as_stereo_in_which_each_is_heard(footage, tmp_path, name, sounds, left, right):
    film = tracks.film(tmp_path / name, *sounds, defaults=(0,))

    result = footage("process", film, "--json").objects[0]

    master = next(Path(o["path"]) for o in result["outputs"] if o["role"] == "master")
    assert measures.track(master, "Audio")["channel_s"] == 2
    assert tones(master) == [left, right]


@pytest.mark.parametrize("broken", ["NAN", "INF"])
def test_a_float_sample_that_is_no_number_is_silenced_and_the_others_are_heard(footage, tmp_path, broken):
    picture = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=3", "-c:v", "libx264", "-preset", "ultrafast")
    sound = rf"aevalsrc=if(eq(n\,30000)\,{broken}\,0.2*sin(2800*t)):s=48000:d=3"
    codecs = ("-pix_fmt", "yuv420p", "-c:a", "pcm_f32le")
    clips.ffmpeg("-f", "lavfi", "-i", sound, *picture, *codecs, str(tmp_path / "film.mkv"))

    result = footage("process", tmp_path / "film.mkv", "--json").objects[0]

    master = next(Path(o["path"]) for o in result["outputs"] if o["role"] == "master")
    assert "sound-unreadable" not in {finding["code"] for finding in result["findings"]}
    assert -27.5 < measures.loudness(master) < -25  # a sine of -24 LKFS in two channels


def test_a_film_whose_only_sound_has_no_decoder_is_published_with_silence_and_says_so(footage, tmp_path):
    film = tracks.film(tmp_path / "spatial.mov", "unknown", defaults=(0,))

    result = footage("process", film, "--json").objects[0]

    master = next(Path(o["path"]) for o in result["outputs"] if o["role"] == "master")
    assert result["state"] == "published"
    assert "sound-unreadable" in {finding["code"] for finding in result["findings"]}
    assert measures.loudness(master) < -80


def test_a_film_whose_first_sound_breaks_its_decoder_is_published_with_the_second(footage, tmp_path):
    film = tracks.film(tmp_path / "film.mov", "aac", "discrete-2", defaults=(0,))
    data = bytearray(film.read_bytes())
    place = data.index(b"\x11\x88", data.index(b"esds"))  # AudioSpecificConfig: LC, 48 kHz, mono
    data[place : place + 2] = b"\xff\xff"
    film.write_bytes(data)

    result = footage("process", film, "--json").objects[0]

    facts = json.loads(Path(result["manifest"]).read_text())["facts"]
    assert (result["state"], facts["sound"]["audio"]["codec"]) == ("published", "pcm_s16le")
