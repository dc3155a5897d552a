from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from pipelines.domain.compliance import length_shortfalls, shortfalls
from pipelines.domain.model import Expectation, Finding, Given, Output, TextFacts
from pipelines.domain.refusals import refuse
from tests.unit.facts import image, photo_plan, sound, video, video_plan

MASTER = video_plan().master
PHOTO = photo_plan().outputs[0]
CUES = Output("storyboard.vtt", "storyboard", "text/vtt", Expectation(cues=5))


def reject(code: str, expected: str, actual: str, output: str = "master.mp4") -> Finding:
    return Finding(code, "reject", expected, actual, output, "publication")


def test_an_output_that_is_what_was_promised_has_no_shortfall() -> None:
    assert list(shortfalls(MASTER, video())) == []
    assert list(shortfalls(PHOTO, image())) == []
    assert list(shortfalls(CUES, TextFacts("text", 5))) == []


@pytest.mark.parametrize(
    ("changes", "code", "expected", "actual"),
    [
        ({"width": 1918}, "size", "1920×1080", "1918×1080"),
        ({"height": 1088}, "size", "1920×1080", "1920×1088"),
        ({"codec": "hevc"}, "codec", "h264", "hevc"),
        ({"profile": "main"}, "profile", "high", "main"),
        ({"pixel_format": "yuv444p"}, "pixel-format", "yuv420p", "yuv444p"),
        ({"square_pixels": False}, "square-pixels", "True", "False"),
        ({"rotation": 90}, "rotation", "0", "90"),
        ({"frame_rate": Fraction(30000, 1001)}, "frame-rate", "30", "30000/1001"),
        ({"variable": True}, "constant-frame-rate", "True", "False"),
        ({"frames": 299}, "frames", "300", "299"),
        ({"faststart": False}, "faststart", "True", "False"),
        ({"duration": Fraction("10.051")}, "duration", "10.000 s", "10.051 s"),
        ({"duration": Fraction("9.9")}, "duration", "10.000 s", "9.900 s"),
        ({"end": Fraction("9.9")}, "sound-length", "9.900 s", "10.000 s"),
        ({"audio": sound(end=Fraction("9.949"))}, "sound-length", "10.000 s", "9.949 s"),
        ({"audio": None}, "audio-codec", "aac", ""),
        ({"audio": sound(codec="mp3")}, "audio-codec", "aac", "mp3"),
        ({"audio": sound(sample_rate=44_100)}, "sample-rate", "48000", "44100"),
        ({"audio": sound(channels=1)}, "channels", "2", "1"),
    ],
)
def test_each_thing_that_differs_in_a_video_is_one_shortfall(
    changes: dict[str, Any], code: str, expected: str, actual: str
) -> None:
    assert list(shortfalls(MASTER, video(**changes))) == [reject(code, expected, actual)]


@pytest.mark.parametrize(
    "changes",
    [
        {"duration": Fraction("10.05")},
        {"duration": Fraction("9.95")},
        {"end": Fraction("9.96"), "duration": Fraction(10)},
        {"audio": sound(end=Fraction("10.04"))},
        {"container": "mp4"},
        {"index": 1},
        {"declared": Fraction(0)},
        {"audio": sound(index=0)},
    ],
)
def test_what_stays_within_the_tolerance_or_was_never_promised_is_right(changes: dict[str, Any]) -> None:
    assert list(shortfalls(MASTER, video(**changes))) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 1280},
        {"height": 720},
        {"codec": "hevc"},
        {"profile": "main"},
        {"pixel_format": "yuv422p"},
        {"frame_rate": Fraction(25)},
        {"frames": 301},
        {"duration": Fraction(11)},
        {"audio_codec": "mp3"},
        {"sample_rate": 44_100},
        {"channels": 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_each_promise_that_is_made_otherwise_is_one_shortfall(changes: dict[str, Any]) -> None:
    promised = replace(MASTER, expect=replace(MASTER.expect, **changes))

    assert len(list(shortfalls(promised, video()))) == 1


@pytest.mark.parametrize(
    ("changes", "code", "expected", "actual"),
    [
        ({"width": 3999}, "size", "4000×3000", "3999×3000"),
        ({"height": 2999}, "size", "4000×3000", "4000×2999"),
        ({"format": "png"}, "codec", "jpeg", "png"),
        ({"orientation": 6}, "orientation", "1", "6"),
        ({"private": ("place",)}, "private-data", "()", "('place',)"),
    ],
)
def test_each_thing_that_differs_in_a_photo_is_one_shortfall(
    changes: dict[str, Any], code: str, expected: str, actual: str
) -> None:
    assert list(shortfalls(PHOTO, image(**changes))) == [reject(code, expected, actual, "photo.jpg")]


def test_a_storyboard_with_a_cue_too_few_falls_short() -> None:
    assert list(shortfalls(CUES, TextFacts("text", 4))) == [reject("cues", "5", "4", "storyboard.vtt")]


def test_everything_that_differs_is_told_at_once() -> None:
    codes = [finding.code for finding in shortfalls(MASTER, video(codec="hevc", frames=1, audio=sound(channels=1)))]

    assert codes == ["codec", "frames", "channels"]


def test_an_output_that_cannot_be_read_falls_short_whatever_it_is() -> None:
    refusal = refuse("truncated", "00:00:08", "00:00:10")

    assert list(shortfalls(MASTER, refusal)) == [
        reject("output-unreadable", "", "truncated"),
    ]


def test_an_output_of_another_kind_always_falls_short() -> None:
    promised = (MASTER, PHOTO, CUES)
    made = (video(), image(), TextFacts("text", 5))

    wrong = [(output, facts) for i, output in enumerate(promised) for j, facts in enumerate(made) if i != j]

    assert all(list(shortfalls(output, facts)) for output, facts in wrong)


@pytest.mark.parametrize(
    "nothing",
    [
        {"width": 0, "height": 0},
        {"codec": ""},
        {"profile": ""},
        {"pixel_format": ""},
        {"frame_rate": None},
        {"frames": None},
        {"duration": None},
        {"audio_codec": "", "sample_rate": 0, "channels": 0},
    ],
    ids=lambda nothing: next(iter(nothing)),
)
def test_what_was_not_asked_is_not_held_against_an_output(nothing: dict[str, Any]) -> None:
    promised = replace(MASTER, expect=replace(MASTER.expect, **nothing))

    assert list(shortfalls(promised, video())) == []


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (Given(300, Fraction(10)), []),
        (Given(299, Fraction(10)), []),  # what is missing, decoding tells; here only what would be left out
        (Given(300, Fraction(301, 30)), []),
        (Given(301, Fraction(10)), [reject("frames-lost", "301", "300")]),
        (Given(300, Fraction("10.4")), [reject("shortened", "10.400 s", "10.000 s")]),
    ],
)
def test_a_master_that_holds_less_than_the_decoder_gave_out_is_not_published(
    given: Given, found: list[Finding]
) -> None:
    assert list(length_shortfalls(video_plan(), video(), given)) == found
