"""A reviewer sees each rule with what was expected and what the gate read of the finished file."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from pipelines.domain.compliance_sheet import sheet
from pipelines.domain.model import Artifact, Facts, Manifest, Original, Plan, SoundLevel
from tests.unit.facts import image, photo_plan, sound, video, video_plan


def published(plan: Plan, main: Artifact, made: Facts | None) -> Manifest:
    original = image() if main.role == "photo" else video()
    return Manifest(2, "x", Original("a" * 64, 1), "r", original, plan, (main,), (), made=made)


MASTER = Artifact("master.mp4", "master", "video/mp4", "b" * 64, 9, 1920, 1080, Fraction(10))
PHOTO = Artifact("photo.jpg", "photo", "image/jpeg", "c" * 64, 9, 4000, 3000)


def rows(manifest: Manifest) -> dict[str, tuple[str, str]]:
    return {row.rule: (row.expected, row.found) for row in sheet(manifest)}


def test_every_rule_of_a_film_shows_what_the_gate_measured() -> None:
    made = video(audio=sound(start=Fraction(0), end=Fraction("9.985")))
    film = replace(published(video_plan(), MASTER, made), level=SoundLevel(-24.3, -2.6))

    assert all(row.measured for row in sheet(film))
    assert rows(film) == {
        "画面尺寸": ("1920×1080", "1920×1080"),
        "编码": ("h264 high", "h264 high"),
        "编码级别不高于": ("4.2", "4.0"),
        "像素格式": ("yuv420p", "yuv420p"),
        "颜色": ("bt709/bt709/bt709/limited", "bt709/bt709/bt709/limited"),
        "帧率": ("30 帧/秒，恒定", "30 帧/秒，恒定"),
        "帧数": ("300", "300"),
        "像素为正方形、画面不带旋转标记": ("是", "是"),
        "索引在文件开头（网页可立即播放）": ("是", "是"),
        "片长": ("10.000 秒", "10.000 秒"),
        "声音": ("aac · 48000 Hz · 2 声道", "aac · 48000 Hz · 2 声道"),
        "声音与画面同起同止": ("相差不超过 0.05 秒", "相差 0.015 秒"),
        "响度（BS.1770）": ("-24 LKFS ± 2", "-24.3 LKFS"),
        "真峰值不高于": ("-2 dBTP", "-2.6 dBTP"),
    }


def test_every_rule_of_a_photo_shows_what_the_gate_measured() -> None:
    assert rows(published(photo_plan(), PHOTO, image())) == {
        "画面尺寸": ("4000×3000", "4000×3000"),
        "格式": ("jpeg", "jpeg"),
        "方向正立，不带旋转标记": ("是", "是"),
        "不含位置、机主等个人信息": ("是", "是"),
    }


def test_a_manifest_that_kept_no_measurement_says_only_that_the_rule_was_checked() -> None:
    earlier = {row.rule: row for row in sheet(published(video_plan(), MASTER, None))}

    assert (earlier["编码"].found, earlier["编码"].measured) == ("与要求一致", False)
    assert (earlier["片长"].found, earlier["片长"].measured) == ("10.000 秒", True)
