"""What complies is copied; what falls short in one thing is encoded."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from pipelines.domain.model import SoundLevel
from tests.unit.facts import op, sound, video_plan, video_plan_under

COMPLIES = {"key_interval": Fraction(2)}


def test_what_complies_is_copied_and_the_plan_says_so() -> None:
    plan = video_plan(**COMPLIES)

    assert plan.copied == ("picture", "sound")
    assert (plan.shared, plan.picture, plan.fitted, plan.sound) == ((), (), (), ())
    assert (plan.frames, plan.master.expect.frames, plan.master.expect.profile) == (300, 300, "high")
    assert plan.why[0] == "画面已符合要求，原样复制"


@pytest.mark.parametrize(
    "changes",
    [
        {"codec": "hevc"},
        {"profile": "high 10"},
        {"level": 51},
        {"pixel_format": "yuv422p"},
        {"full_range": True},
        {"width": 1280, "height": 720},
        {"rotation": 180},
        {"mirrored": True},
        {"crop": (1916, 1080)},
        {"square_pixels": False},
        {"fields": "bff"},
        {"flagged_fields": True},
        {"container": "mpegts"},
        {"transfer": "arib-std-b67"},
        {"matrix": "smpte170m"},
        {"dolby_vision": True},
        {"variable": True},
        {"frame_rate": Fraction("29.83")},
        {"bit_rate": 30_000_000},
        {"key_interval": Fraction(6)},
        {"gaps": 1},
        {"open_keys": 2},
        {"hidden": 3},
        {"start": Fraction(1)},
        {"duration": Fraction(12)},
    ],
)
def test_what_falls_short_in_one_thing_is_encoded(changes: dict[str, Any]) -> None:
    assert video_plan(**{**COMPLIES, **changes}).copied == ()


def test_a_profile_can_switch_copying_off() -> None:
    assert video_plan_under({"copy_compliant": False}, **COMPLIES).copied == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"codec": "mp3"},
        {"profile": "he-aac"},
        {"sample_rate": 44_100},
        {"channels": 1},
        {"level": SoundLevel(-16.0, -1.0)},
        {"level": SoundLevel(-24.0, -0.5)},
        {"start": Fraction(1, 2)},
        {"end": Fraction(9)},
    ],
)
def test_sound_that_falls_short_is_encoded_beside_a_copied_picture(changes: dict[str, Any]) -> None:
    plan = video_plan(**COMPLIES, audio=sound(**changes))

    assert plan.copied == ("picture",)
    assert plan.sound[0].name == "aresample"


def test_a_copied_picture_without_sound_gets_a_silent_track() -> None:
    plan = video_plan(**COMPLIES, audio=None)

    assert plan.copied == ("picture",)
    assert plan.sound == (op("anullsrc", r=48_000, cl="stereo"), op("atrim", end_sample=480_000))
