"""What becomes of a film, by kind: copied where it complies, levelled, gated, rescued; measured from outside."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bench import matrix
from fuzz.damage import damage
from pipelines.tools.ffmpeg.binary import executable
from tests.media import clips, measures
from tests.media.conftest import ready
from tests.running import Footage
from tests.unit.facts import tiny_other_rules, tiny_rules

ROOT = Path(__file__).parents[2]
QUIET = "aevalsrc='0.02*sin(2*PI*(300+100*sin(t))*t)':s=48000:c=stereo:d={}"
LOUD = "aevalsrc='0.9*sin(2*PI*(300+100*sin(t))*t)':s=48000:c=stereo:d={}"


@pytest.fixture(scope="module")
def rules(tmp_path_factory) -> Path:
    """The county's, for films of 320x180 and clips of four seconds: neither is the point."""
    text, long = tiny_rules(), "min_seconds = 8, max_seconds = 20"
    assert long in text
    path = tmp_path_factory.mktemp("rules") / "tiny.toml"
    path.write_text(text.replace(long, "min_seconds = 4, max_seconds = 8"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def others(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("rules") / "other-county.toml"
    path.write_text(tiny_other_rules(), encoding="utf-8")
    return str(path)


@pytest.fixture
def footage(tmp_path, rules, empty_ledger) -> Footage:
    return ready(Footage(tmp_path / "home", (("FOOTAGE_CAMPAIGN", str(rules)),)), empty_ledger)


def film(path: Path, *options: str, seconds: int = 2, sound: str = QUIET, preset: str = "ultrafast") -> Path:
    picture = f"testsrc2=size=320x180:rate=30:duration={seconds}"
    inputs = ("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound.format(seconds))
    encoder = ("-c:v", "libx264", "-preset", preset, "-g", "60", "-pix_fmt", "yuv420p", "-c:a", "aac")
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
    original = film(tmp_path / "compliant.mp4", "-metadata", "location=+23.4+115.8/", seconds=3)

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


def test_a_profile_can_have_everything_encoded(footage, others, tmp_path):
    original = film(tmp_path / "compliant.mp4", seconds=1)

    result = footage("process", original, "--json", FOOTAGE_CAMPAIGN=others).objects[0]

    assert result["state"] == "published", result["findings"]
    assert json.loads(Path(result["manifest"]).read_text())["plan"]["copied"] == []


def test_every_master_has_the_loudness_of_the_campaign_and_no_peak_above_it(footage, tmp_path):
    quiet, loud = (film(tmp_path / f"{len(sound)}.mp4", sound=sound, seconds=3) for sound in (QUIET, LOUD))

    results = footage("process", quiet, loud, "--json").objects

    for loudness, peak in (level(master_of(result)) for result in results):
        assert abs(loudness + 24) <= 1
        assert peak <= -2


def test_a_mono_sound_whose_peaks_are_limited_comes_out_as_the_profile_has_it(footage, tmp_path):
    """Nobody who listens in decides the layout: what looks for speech wants mono."""
    clicks = "aevalsrc='0.01*sin(2764*t)+0.6*lt(mod(t,1),0.0005)':s=48000:d={}"
    original = film(tmp_path / "clicks.mp4", "-ac", "1", sound=clicks, seconds=3)

    result = footage("process", original, "--json").objects[0]

    assert result["state"] == "published", result["findings"]
    manifest = json.loads(Path(result["manifest"]).read_text())
    assert "alimiter" in {op["name"] for op in manifest["plan"]["sound"]}
    assert measures.track(master_of(result), "Audio")["channel_s"] == 2
    assert level(master_of(result))[1] <= -2


def test_silence_stays_silence(footage, tmp_path):
    original = film(tmp_path / "silent.mp4", sound="anullsrc=r=48000:cl=stereo:d={}")

    result = footage("process", original, "--json").objects[0]

    assert level(master_of(result))[0] <= -69


def test_a_cut_film_is_refused_with_the_time_or_rescued_and_said_so_as_the_profile_allows(footage, others, tmp_path):
    whole = film(tmp_path / "whole.mkv", seconds=4)
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

    refused = footage("process", cut, "--json").objects[0]
    rescued = footage("process", cut, "--json", FOOTAGE_CAMPAIGN=others).objects[0]

    assert (refused["state"], refused["findings"][-1]["code"]) == ("rejected", "truncated")
    assert re.search(r"只到 00:00:0[12]", refused["findings"][-1]["text"])
    assert rescued["state"] == "published", rescued["findings"]
    assert [f["severity"] for f in rescued["findings"] if f["code"] == "truncated"] == ["warning"]
    assert 1.5 < int(measures.track(master_of(rescued), "Video")["duration"]) / 1000 < 3


def test_damaged_files_are_not_published_as_whole(footage, tmp_path):
    """The short form of `fuzz.damage`, in each of its ways, on a film that would be copied."""
    whole = film(tmp_path / "compliant.mp4", "-bf", "0", "-movflags", "+faststart").read_bytes()
    paths = [tmp_path / f"{number}.mp4" for number in range(4)]
    for number, path in enumerate(paths):
        path.write_bytes(damage(whole, number)[1])

    results = footage("process", *paths, "--json").objects

    assert len(results) == 4
    for result in results:
        assert {finding["code"] for finding in result["findings"]} & {"damaged", "truncated"}, result


def test_clips_of_every_kind_come_out_upright_on_time_and_in_step(rules, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("FOOTAGE_MATRIX_EVERY", "55")
    monkeypatch.setenv("FOOTAGE_CAMPAIGN", str(rules))

    with pytest.raises(SystemExit) as ended:
        matrix.main()

    told = capsys.readouterr()
    assert ended.value.code == 0, told.out + told.err[-2000:]
    assert "4 of 4 clips" in told.out


def test_open_gops_are_encoded_because_their_key_frames_are_not_to_be_cut_at(footage, tmp_path):
    original = film(
        tmp_path / "open.mp4", "-x264-params", "open-gop=1:keyint=30:min-keyint=1", seconds=5, preset="veryfast"
    )

    result = footage("process", original, "--json").objects[0]

    manifest = json.loads(Path(result["manifest"]).read_text())
    assert manifest["plan"]["copied"] == []
    assert "开放 GOP" in manifest["plan"]["why"][0]
    assert any(output["role"] == "clip" for output in result["outputs"])


@pytest.mark.parametrize(
    ("clock", "seconds"),
    [("setts=ts=TS+floor(N/30)", 10), ("setts=ts=if(gte(N\\,90)\\,TS+512\\,TS)", 6)],
    ids=["that trembles", "with a frame missing"],
)
def test_a_compliant_film_whose_clock_is_not_exact_is_published(footage, tmp_path, clock, seconds):
    plain = film(tmp_path / "plain.mp4", "-bf", "0", seconds=seconds)
    original = tmp_path / "film.mp4"
    clips.ffmpeg("-i", str(plain), "-c", "copy", "-bsf:v", clock, str(original))

    result = footage("process", original, "--json").objects[0]

    assert result["state"] == "published", result["findings"]


def test_a_track_of_time_codes_is_no_reason_to_refuse_a_film(footage, tmp_path):
    original = film(tmp_path / "camera.mov", "-timecode", "00:00:00:00")

    result = footage("process", original, "--json").objects[0]

    manifest = json.loads(Path(result["manifest"]).read_text())
    assert result["state"] == "published"
    assert manifest["facts"]["others"] == ["data"]
