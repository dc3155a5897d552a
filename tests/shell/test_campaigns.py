"""A second, deliberately different campaign, end to end: nothing of the first is in the code."""

from __future__ import annotations

import zipfile
from pathlib import Path

from PIL import Image

from tests.media import clips, measures
from tests.running import Footage

OTHER = Path(__file__).parent.parent / "campaigns" / "other-county.toml"


def test_another_county_gets_another_master_other_clips_and_other_stills(footage, tmp_path):
    original = clips.scenes(tmp_path / "event.mp4", 2)
    rules = tmp_path / "other.toml"
    rules.write_text(OTHER.read_text(encoding="utf-8").replace('"faster"', '"superfast"', 1), encoding="utf-8")

    result = footage("process", original, "--json", FOOTAGE_CAMPAIGN=str(rules)).objects[0]

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


def test_the_office_of_another_county_works_under_its_own_names_days_and_levels(tmp_path):
    footage = Footage(tmp_path / "home", (("FOOTAGE_CAMPAIGN", str(OTHER)),))
    Image.effect_noise((1400, 900), 40).convert("RGB").save(tmp_path / "photo.jpg")
    facts = ("--unit", "taxkorgan", "--activity", "jiuyuan", "--date", "2023-06-08")
    assert footage("process", tmp_path / "photo.jpg", *facts).status == 0

    packed = footage("package", "--period", "2023-06-01..2023-06-30", "-o", tmp_path / "all.zip", "--json")
    lists = [footage("hazards", "import", hazards_of(tmp_path, level), "--json") for level in ("橙", "重大隐患")]
    counted = footage("figures", "--by", "unit", "--json")
    again = footage("batch", "new", "--unit", "县教育局", "--dry-run", "--json")

    assert [item["path"] for item in packed.objects[0]["items"]] == [
        "塔什库尔干镇/矿山救援比武/塔什库尔干镇-矿山救援比武-2023-06-08-001.jpg"
    ]
    assert zipfile.ZipFile(tmp_path / "all.zip").testzip() is None
    assert [done.status for done in lists] == [0, 2]
    assert "黄、橙、红" in lists[1].objects[0]["wanted"]
    rows = {row["name"]: (row["events"], row["photos"], row["hazards"]) for row in counted.objects}
    assert rows == {"县教育局": (0, 0, 1), "塔什库尔干镇": (1, 1, 0), "塔吉克阿巴提镇": (0, 0, 0), "合计": (1, 1, 1)}
    assert (again.status, again.objects[0]["jobs"]) == (0, 0)


def hazards_of(folder: Path, level: str) -> Path:
    path = folder / f"{level}.csv"
    row = f"县教育局,实验室,通风柜失灵,{level},2023-06-02,张老师,未整改"
    path.write_text(f"单位,地点,隐患情况,级别,排查日期,责任人,整改情况\n{row}\n", encoding="utf-8")
    return path


def test_campaigns_check_tells_what_a_file_holds(footage):
    here, there = footage("campaigns", "check", "--json"), footage("campaigns", "check", str(OTHER), "--json")

    assert here.objects[0]["id"] == "jiexi-2020"
    assert here.objects[0]["units"] == 19
    assert there.objects[0]["id"] != "jiexi-2020"
    assert (here.status, there.status) == (0, 0)
