"""What becomes of a film, by kind: copied where it complies, levelled, gated, rescued; measured from outside."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fuzz.damage import damage
from pipelines.tools.ffmpeg.binary import executable
from tests.media import clips, measures

ROOT = Path(__file__).parents[2]
OTHER = str(ROOT / "tests" / "campaigns" / "other-county.toml")
QUIET = "aevalsrc='0.02*sin(2*PI*(300+100*sin(t))*t)':s=48000:c=stereo:d={}"
LOUD = "aevalsrc='0.9*sin(2*PI*(300+100*sin(t))*t)':s=48000:c=stereo:d={}"


def film(path: Path, *options: str, seconds: int = 4, sound: str = QUIET, size: str = "640x360") -> Path:
    picture = f"testsrc2=size={size}:rate=30:duration={seconds}"
    inputs = ("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound.format(seconds))
    encoder = ("-c:v", "libx264", "-preset", "veryfast", "-g", "60", "-pix_fmt", "yuv420p", "-c:a", "aac")
    clips.ffmpeg(*inputs, *encoder, *options, str(path))
    return path


def master_of(result: dict[str, Any]) -> Path:
    return next(Path(output["path"]) for output in result["outputs"] if output["role"] == "master")


def level(path: Path) -> tuple[float, float]:
    """Integrated LKFS and true peak, as ffmpeg's meter reads the finished file."""
    command = [executable(), "-nostats", "-i", str(path), "-map", "0:a", "-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True).stderr.rpartition("Summary")[2]
    found = re.findall(r"(?:I|Peak): +(-?[\d.]+|-inf)", said)
    return float(found[0]), float(found[1])


def test_a_compliant_picture_is_copied_frame_by_frame_and_its_sound_levelled(footage, tmp_path):
    original = film(tmp_path / "compliant.mp4", "-metadata", "location=+23.4+115.8/")

    result = footage("process", original, "--json").objects[0]

    master = master_of(result)
    assert measures.frame_hashes(master) == measures.frame_hashes(original)
    assert measures.track(master, "General")["isstreamable"] == "Yes"
    assert b"+23.4+115.8" not in master.read_bytes()
    assert b"x264 - core" not in master.read_bytes()  # side information is left behind
    manifest = json.loads(Path(result["manifest"]).read_text())
    assert manifest["plan"]["copied"] == ["picture"]
    assert manifest["facts"]["sound"]["audio"]["level"]["integrated"] < -30
    assert abs(manifest["level"]["integrated"] + 24) <= 1
    assert abs(level(master)[0] + 24) <= 1


def test_a_compliant_picture_is_published_from_any_container(footage, tmp_path):
    originals = [film(tmp_path / f"compliant.{container}", seconds=1) for container in ("mov", "mkv", "ts")]

    results = footage("process", *originals, "--json").objects

    assert len(results) == 3
    for result in results:
        assert result["state"] == "published", result["findings"]
        assert measures.decode_errors(master_of(result)) == ""


def test_a_profile_can_have_everything_encoded(footage, tmp_path):
    original = film(tmp_path / "compliant.mp4", size="1280x720", seconds=1)

    result = footage("process", original, "--json", FOOTAGE_CAMPAIGN=OTHER).objects[0]

    assert result["state"] == "published", result["findings"]
    assert json.loads(Path(result["manifest"]).read_text())["plan"]["copied"] == []


def test_every_master_has_the_loudness_of_the_campaign_and_no_peak_above_it(footage, tmp_path):
    quiet, loud = (film(tmp_path / f"{len(sound)}.mp4", sound=sound) for sound in (QUIET, LOUD))

    results = footage("process", quiet, loud, "--json").objects

    for loudness, peak in (level(master_of(result)) for result in results):
        assert abs(loudness + 24) <= 1
        assert peak <= -2


def test_a_mono_sound_whose_peaks_are_limited_comes_out_as_the_profile_has_it(footage, tmp_path):
    """Nobody who listens in decides the layout: what looks for speech wants mono."""
    clicks = "aevalsrc='0.01*sin(2764*t)+0.6*lt(mod(t,1),0.0005)':s=48000:d={}"
    original = film(tmp_path / "clicks.mp4", "-ac", "1", sound=clicks)

    result = footage("process", original, "--json").objects[0]

    assert result["state"] == "published", result["findings"]
    manifest = json.loads(Path(result["manifest"]).read_text())
    assert "alimiter" in {op["name"] for op in manifest["plan"]["sound"]}
    assert measures.track(master_of(result), "Audio")["channel_s"] == 2
    assert level(master_of(result))[1] <= -2


def test_silence_stays_silence(footage, tmp_path):
    original = film(tmp_path / "silent.mp4", sound="anullsrc=r=48000:cl=stereo:d={}", seconds=2)

    result = footage("process", original, "--json").objects[0]

    assert level(master_of(result))[0] <= -69


def test_a_cut_film_is_refused_with_the_time_or_rescued_and_said_so_as_the_profile_allows(footage, tmp_path):
    whole = film(tmp_path / "whole.mkv", seconds=8)
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

    refused = footage("process", cut, "--json").objects[0]
    rescued = footage("process", cut, "--json", FOOTAGE_CAMPAIGN=OTHER).objects[0]

    assert (refused["state"], refused["findings"][-1]["code"]) == ("rejected", "truncated")
    assert re.search(r"只到 00:00:0[345]", refused["findings"][-1]["text"])
    assert rescued["state"] == "published", rescued["findings"]
    assert [f["severity"] for f in rescued["findings"] if f["code"] == "truncated"] == ["warning"]
    assert 3 < int(measures.track(master_of(rescued), "Video")["duration"]) / 1000 < 6


def test_damaged_files_are_not_published_as_whole(footage, tmp_path):
    """The short form of `fuzz.damage`, in each of its ways, on a film that would be copied."""
    whole = film(tmp_path / "compliant.mp4", "-bf", "0", "-movflags", "+faststart", seconds=2).read_bytes()
    paths = [tmp_path / f"{number}.mp4" for number in range(4)]
    for number, path in enumerate(paths):
        path.write_bytes(damage(whole, number)[1])

    results = footage("process", *paths, "--json").objects

    assert len(results) == 4
    for result in results:
        assert {finding["code"] for finding in result["findings"]} & {"damaged", "truncated"}, result


def test_clips_of_every_kind_come_out_upright_on_time_and_in_step(small):
    done = _module("bench.matrix", FOOTAGE_MATRIX_EVERY="55", FOOTAGE_CAMPAIGN=str(small))

    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "4 of 4 clips" in done.stdout


def _module(name: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run([sys.executable, "-m", name], cwd=ROOT, env=environment, capture_output=True, text=True)


def test_open_gops_are_encoded_because_their_key_frames_are_not_to_be_cut_at(footage, tmp_path):
    original = film(tmp_path / "open.mp4", "-x264-params", "open-gop=1:keyint=30:min-keyint=1", seconds=8)

    result = footage("process", original, "--json").objects[0]

    manifest = json.loads(Path(result["manifest"]).read_text())
    assert manifest["plan"]["copied"] == []
    assert "开放 GOP" in manifest["plan"]["why"][0]
    assert any(output["role"] == "clip" for output in result["outputs"])


@pytest.mark.parametrize(
    ("clock", "seconds"),
    [("setts=ts=TS+floor(N/60)", 20), ("setts=ts=if(gte(N\\,90)\\,TS+512\\,TS)", 6)],
    ids=["that trembles", "with a frame missing"],
)
def test_a_compliant_film_whose_clock_is_not_exact_is_published(footage, tmp_path, clock, seconds):
    plain = film(tmp_path / "plain.mp4", "-bf", "0", seconds=seconds)
    original = tmp_path / "film.mp4"
    clips.ffmpeg("-i", str(plain), "-c", "copy", "-bsf:v", clock, str(original))

    result = footage("process", original, "--json").objects[0]

    assert result["state"] == "published", result["findings"]


def test_a_track_of_time_codes_is_no_reason_to_refuse_a_film(footage, tmp_path):
    original = film(tmp_path / "camera.mov", "-timecode", "00:00:00:00", seconds=2)

    result = footage("process", original, "--json").objects[0]

    manifest = json.loads(Path(result["manifest"]).read_text())
    assert result["state"] == "published"
    assert manifest["facts"]["others"] == ["data"]
