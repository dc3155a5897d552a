"""A second, deliberately different campaign, end to end: nothing of the first is in the code."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.media import clips, measures

OTHER = Path(__file__).parent.parent / "campaigns" / "other-county.toml"


def test_another_county_gets_another_master_other_clips_and_other_stills(footage, tmp_path):
    original = clips.scenes(tmp_path / "event.mp4", 3)

    result = footage("process", original, "--json", FOOTAGE_CAMPAIGN=str(OTHER)).objects[0]

    paths = {output["name"]: Path(output["path"]) for output in result["outputs"]}
    picture, sound = measures.track(paths["master.mp4"], "Video"), measures.track(paths["master.mp4"], "Audio")
    clip_lengths = [output["duration"] for output in result["outputs"] if output["role"] == "clip"]
    assert result["state"] == "published"
    assert (picture["width"], picture["height"], picture["frame_rate"]) == (1280, 720, "25.000")
    assert (sound["sampling_rate"], sound["channel_s"]) == (44100, 1)
    assert len([name for name in paths if name.startswith("still-")]) == 5
    assert len(clip_lengths) == 2
    assert all(3 <= length <= 5.05 for length in clip_lengths)
    assert result["findings"] == []


def test_another_county_takes_smaller_photos_as_they_are(footage, tmp_path):
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (1400, 900), "olive").save(path)

    result = footage("process", path, "--json", FOOTAGE_CAMPAIGN=str(OTHER)).objects[0]

    photo = next(output for output in result["outputs"] if output["role"] == "photo")
    assert (photo["width"], photo["height"]) == (1400, 900)


def test_campaigns_check_tells_what_a_file_holds(footage):
    here, there = footage("campaigns", "check", "--json"), footage("campaigns", "check", str(OTHER), "--json")

    assert here.objects[0]["id"] == "jiexi-2020"
    assert here.objects[0]["units"] == 19
    assert there.objects[0]["id"] != "jiexi-2020"
    assert (here.status, there.status) == (0, 0)
