"""A whole video job, measured from outside: one event of four scenes, made once for all of these tests."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest
from PIL import Image

from tests.media import clips, measures
from tests.running import Footage
from tests.unit.facts import hasty_rules, small_rules

NAME, SECONDS, SIZE = "启动仪式.mp4", 24, (640, 360)
Event = tuple[Footage, Path, dict[str, Any]]


@pytest.fixture(scope="module")
def event(tmp_path_factory: pytest.TempPathFactory) -> Event:
    """Four scenes under the county's rules, but small: only `full` is about the size of a master."""
    folder = tmp_path_factory.mktemp("event")
    return _published(clips.scenes(folder / NAME, SECONDS // 4), small_rules())


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Event:
    """A moment in the county's own size, enlarged to it."""
    clip = clips.Clip(seconds=1, width=1280, height=720, rate="25")
    return _published(clips.make(tmp_path_factory.mktemp("full") / NAME, clip), hasty_rules())


def _published(original: Path, rules: str) -> Event:
    campaign = original.with_name("rules.toml")
    campaign.write_text(rules, encoding="utf-8")
    footage = Footage(original.with_name("home"), (("FOOTAGE_CAMPAIGN", str(campaign)),))
    done = footage("process", original, "--unit", "河婆街道", "--json")
    assert done.status == 0, done.err
    return footage, original, done.objects[0]


def of(result: dict[str, Any], role: str) -> list[Path]:
    return [Path(output["path"]) for output in result["outputs"] if output["role"] == role]


def test_the_master_is_what_the_campaign_asks(full):
    (master,) = of(full[2], "master")

    picture, sound = measures.track(master, "Video"), measures.track(master, "Audio")

    assert (picture["width"], picture["height"], picture["pixel_aspect_ratio"]) == (1920, 1080, "1.000")
    assert picture["format"] == "AVC"
    assert picture["format_profile"].startswith("High@")
    assert (picture["chroma_subsampling"], picture["bit_depth"]) == ("4:2:0", 8)
    assert (picture["frame_rate_mode"], picture["frame_rate"], picture["scan_type"]) == ("CFR", "25.000", "Progressive")
    assert (picture["color_primaries"], picture["matrix_coefficients"]) == ("BT.709", "BT.709")
    assert (sound["format"], sound["format_additionalfeatures"]) == ("AAC", "LC")
    assert (sound["sampling_rate"], sound["channel_s"]) == (48000, 2)
    assert measures.track(master, "General")["isstreamable"] == "Yes"


def test_the_manifest_keeps_what_the_gate_measured_of_the_master(full):
    made = json.loads(Path(full[2]["manifest"]).read_text(encoding="utf-8"))["made"]
    (master,) = of(full[2], "master")
    picture = measures.track(master, "Video")

    assert made["timing"]["frames"] == int(picture["frame_count"])
    assert f"High@L{made['coding']['level'] / 10:g}" == picture["format_profile"]
    assert (made["geometry"]["width"], made["geometry"]["height"]) == (picture["width"], picture["height"])
    assert made["sound"]["audio"]["sample_rate"] == measures.track(master, "Audio")["sampling_rate"]


def test_the_stills_are_as_large_as_the_master_and_enlarging_is_told(full):
    stills = [measures.pixels(path) for path in of(full[2], "still")]

    assert {still.shape for still in stills} == {(1080, 1920, 3)}
    assert {finding["code"] for finding in full[2]["findings"]} == {"enlarged", "no-clips"}


def test_the_master_is_as_long_as_its_original_and_has_every_frame(event):
    _, original, result = event
    (master,) = of(result, "master")

    picture = measures.track(master, "Video")

    assert int(picture["frame_count"]) == SECONDS * 25
    assert abs(int(picture["duration"]) - int(measures.track(original, "Video")["duration"])) <= 50
    assert abs(int(measures.track(master, "Audio")["duration"]) - SECONDS * 1000) <= 50
    assert measures.decode_errors(master) == ""


def test_the_pictures_of_the_master_are_those_of_the_original(event):
    _, original, result = event
    (master,) = of(result, "master")

    for seconds in (1.0, 8.0, 14.0, 20.0):
        before = shrunk(measures.frame(original, seconds, (1280, 720)), (320, 180))
        after = shrunk(measures.frame(master, seconds, SIZE), (320, 180))
        assert np.abs(before - after).mean() < 12, seconds


def shrunk(picture, size):
    """The picture in this size, as numbers whose difference can be taken."""
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX)).astype(int)


def as_jpeg(picture):
    """As a still is stored: compression takes a little of the sharpness."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=90)
    return np.asarray(Image.open(file))


def test_there_are_four_stills_and_none_is_black_or_blurred(event):
    (master,) = of(event[2], "master")
    stills = [measures.pixels(path) for path in of(event[2], "still")]

    usual = sorted(measures.sharpness(as_jpeg(measures.frame(master, s + 0.5, SIZE))) for s in range(0, SECONDS, 2))

    assert len(stills) == 4
    assert min(measures.brightness(still) for still in stills) > 30
    assert min(measures.sharpness(still) for still in stills) > usual[len(usual) // 10]


def test_the_poster_is_one_of_the_stills_and_the_thumbnails_are_small(event):
    (poster,) = of(event[2], "poster")
    sizes = [(output["width"], output["height"]) for output in event[2]["outputs"] if output["role"] == "thumbnail"]

    stills = [path.read_bytes() for path in of(event[2], "still")]

    assert poster.read_bytes() in stills
    assert sizes == [(320, 180), (640, 360)]


def test_every_tile_of_the_storyboard_shows_the_master_at_its_cue(event):
    (master,) = of(event[2], "master")
    sheet, vtt = sorted(of(event[2], "storyboard"))
    picture = measures.pixels(sheet)

    cues = [block.splitlines() for block in vtt.read_text(encoding="utf-8").split("\n\n")[1:] if block.strip()]

    assert len(cues) >= SECONDS // 4
    for times, place in cues:
        x, y, width, height = (int(n) for n in place.partition("#xywh=")[2].split(","))
        tile = picture[y : y + height, x : x + width].astype(int)
        expected = shrunk(measures.frame(master, _seconds(times.split(" --> ")[0]), SIZE), (width, height))
        assert np.abs(tile - expected).mean() < 25, times
    assert _seconds(cues[-1][0].split(" --> ")[1]) == pytest.approx(SECONDS, abs=0.05)


def _seconds(stamp: str) -> float:
    hours, minutes, seconds = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def test_three_clips_are_the_masters_frames_in_the_programmes_length_and_copies_but_for_their_ends(event):
    (master,) = of(event[2], "master")
    cuts = json.loads(Path(event[2]["manifest"]).read_text(encoding="utf-8"))["cuts"]
    whole = measures.frame_hashes(master)

    for clip, cut in zip(of(event[2], "clip"), cuts, strict=True):
        start, end = (round(_fraction(cut[name]) * 25) for name in ("start", "end"))
        shown = measures.frame_hashes(clip)
        assert len(shown) == end - start
        copied = [here == there for here, there in zip(shown, whole[start:end], strict=True)]
        assert sum(copied) >= len(copied) - 4 * 25  # the GOP it begins in is four seconds long at most
        assert measures.decode_errors(clip, "-vn") == ""
        assert 8 <= (end - start) / 25 <= 20
        assert cut["reasons"]
    assert len(cuts) == 3


def _fraction(text: str) -> float:
    above, _, below = text.partition("/")
    return int(above) / int(below or 1)


def test_a_clips_sound_begins_and_ends_with_its_picture(event):
    for clip in of(event[2], "clip"):
        picture, sound = measures.track(clip, "Video"), measures.track(clip, "Audio")

        assert abs(int(picture["duration"]) - int(sound["duration"])) <= 50


def test_what_the_manifest_says_is_what_lies_in_the_store(event):
    manifest = json.loads(Path(event[2]["manifest"]).read_text(encoding="utf-8"))
    folder = Path(event[2]["manifest"]).parent

    hashes = {item["name"]: item["sha256"] for item in manifest["artifacts"]}

    assert hashes == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "manifest.json"
    }
    assert manifest["original"]["sha256"] == hashlib.sha256(event[1].read_bytes()).hexdigest()


def test_nothing_of_the_original_file_name_or_machine_is_left_in_the_outputs(event):
    for path in Path(event[2]["manifest"]).parent.iterdir():
        assert NAME[:-4].encode() not in path.read_bytes(), path.name


def test_the_json_keeps_the_contract(event):
    _, original, result = event

    assert set(result) == {"file", "job", "state", "original", "outputs", "findings", "manifest"}
    assert (result["file"], result["state"]) == (str(original), "published")
    assert result["original"]["size"] == original.stat().st_size
    for output in result["outputs"]:
        keys = {"name", "role", "path", "sha256", "media_type", "width", "height", "duration"}
        assert set(output) == keys
        assert output["role"] in {"master", "poster", "still", "thumbnail", "storyboard", "clip", "reel", "photo"}
        assert hashlib.sha256(Path(output["path"]).read_bytes()).hexdigest() == output["sha256"]
    assert result["findings"] == []


def test_processing_the_same_file_again_does_no_work_twice(event):
    footage, original, first = event
    before = {path: path.stat().st_mtime_ns for path in footage.stored("published")}

    again = footage("process", original, "--json").objects[0]

    assert again["manifest"] == first["manifest"]
    assert again["job"] != first["job"]
    assert {path: path.stat().st_mtime_ns for path in footage.stored("published")} == before


def test_out_gets_a_copy_of_everything(event, tmp_path):
    footage, original, first = event

    copied = footage("process", original, "--out", tmp_path / "成品", "--json").objects[0]

    assert [output["sha256"] for output in copied["outputs"]] == [output["sha256"] for output in first["outputs"]]
    assert all(Path(output["path"]).is_relative_to(tmp_path) for output in copied["outputs"])
    assert Path(copied["manifest"]).is_file()


def test_the_cuts_are_shown_and_exported_for_an_editor_to_the_frame(event):
    footage, _, result = event
    cuts = json.loads(Path(result["manifest"]).read_text(encoding="utf-8"))["cuts"]
    due = [tuple(round(_fraction(cut[name]) * 25) for name in ("start", "end")) for cut in cuts]

    for form in ("edl", "otio"):
        written = footage("cuts", result["job"], f"--{form}").out
        read = otio.adapters.read_from_string(written, {"edl": "cmx_3600", "otio": "otio_json"}[form], **_RATE[form])
        ranges = [clip.source_range for track in read.video_tracks() for clip in track.find_clips()]
        assert [(at.start_time.value, at.end_time_exclusive().value) for at in ranges] == due, form

    (shown,) = footage("cuts", result["job"], "--json").objects
    assert shown["cuts"] == cuts
    assert cuts[0]["reasons"][0][:4] in footage("cuts", result["job"]).out


_RATE = {"edl": {"rate": 25}, "otio": {}}


def test_cuts_of_what_was_not_published_are_refused_in_one_sentence(event):
    done = event[0]("cuts", "0" * 32)

    assert done.status != 0
    assert "Traceback" not in done.err
