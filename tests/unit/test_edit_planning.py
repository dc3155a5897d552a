from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from pipelines.domain.model import Expectation, Finding, Output, Role
from pipelines.domain.planning.edit import (
    ANALYSIS_JSON,
    edit_findings,
    edit_outputs,
    sheet_size,
    spread,
    storyboard_vtt,
    tile_height,
)
from pipelines.domain.wording import text
from tests.unit.facts import BLACK, analysis, edit, editing, other, quick, sample, video_plan

HD = (1920, 1080)
SEEN = analysis([sample()] * 30)


def jpeg(name: str, role: Role, width: int, height: int) -> Output:
    return Output(name, role, "image/jpeg", Expectation(width=width, height=height, codec="jpeg"))


def clip(name: str, frames: int, duration: Fraction) -> Output:
    expect = Expectation(
        width=1280,
        height=720,
        codec="h264",
        profile="main",
        pixel_format="yuv420p",
        frame_rate=Fraction(25),
        frames=frames,
        duration=duration,
        tolerance=Fraction(1, 20),
        audio_codec="aac",
        sample_rate=44_100,
        channels=1,
        faststart=True,
    )
    return Output(name, "clip", "video/mp4", expect)


def test_every_file_an_edit_makes_is_promised_exactly() -> None:
    outputs = edit_outputs(video_plan(other()), edit((0, 3), (5, 10), stills=(1, 4, 8)), tiles=10)

    assert outputs == (
        jpeg("poster.jpg", "poster", 1280, 720),
        jpeg("still-1.jpg", "still", 1280, 720),
        jpeg("still-2.jpg", "still", 1280, 720),
        jpeg("still-3.jpg", "still", 1280, 720),
        jpeg("thumbnail-160.jpg", "thumbnail", 160, 90),
        jpeg("thumbnail-480.jpg", "thumbnail", 480, 270),
        jpeg("storyboard.jpg", "storyboard", 640, 270),
        Output("storyboard.vtt", "storyboard", "text/vtt", Expectation(cues=10)),
        clip("clip-1.mp4", 75, Fraction(3)),
        clip("clip-2.mp4", 125, Fraction(5)),
    )


def test_no_clip_and_one_still_are_promised_as_they_are() -> None:
    names = [output.name for output in edit_outputs(video_plan(), edit(stills=(0,)), tiles=1)]

    assert names == [
        "poster.jpg",
        "still-1.jpg",
        "thumbnail-320.jpg",
        "thumbnail-640.jpg",
        "storyboard.jpg",
        "storyboard.vtt",
    ]


def test_a_clip_at_a_fractional_rate_is_a_whole_number_of_frames() -> None:
    plan = video_plan(frame_rate=Fraction(30000, 1001))
    cut = edit((0, 8)).cuts[0]
    gop = Fraction(1001, 30000) * 240

    outputs = edit_outputs(plan, edit((0, 8)), tiles=5)

    assert outputs[-1].expect.frames == round(cut.end * Fraction(30000, 1001)) == round(gop * 30000 / 1001)


def test_no_two_outputs_share_a_name() -> None:
    plan = video_plan()
    outputs = (plan.master, *edit_outputs(plan, edit((0, 8), (8, 16), (16, 24), stills=(1, 2, 3, 4)), tiles=50))

    names = [output.name for output in outputs] + [ANALYSIS_JSON, "manifest.json"]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("tiles", "size"), [(1, (240, 135)), (4, (960, 135)), (5, (1200, 135)), (6, (1200, 270)), (50, (1200, 1350))]
)
def test_the_sheet_is_as_wide_as_its_columns_and_ends_with_its_last_row(tiles: int, size: tuple[int, int]) -> None:
    assert sheet_size(editing(), HD, tiles) == size


def test_a_tile_has_the_shape_of_the_master() -> None:
    assert tile_height(editing(), HD) == 135
    assert tile_height(editing(tile_width=160), (1280, 720)) == 90
    assert tile_height(editing(tile_width=90), (720, 1280)) == 160


def test_the_storyboard_takes_every_moment_or_spreads_its_tiles_evenly() -> None:
    moments = [Fraction(2 * n) for n in range(10)]

    assert spread(moments, 50) == tuple(moments)
    assert spread(moments, 5) == (0, 4, 8, 12, 16)
    assert spread(moments, 3) == (0, 6, 12)
    assert spread(moments[:1], 3) == (0,)


@quick
@given(st.integers(1, 99), st.integers(1, 99))
def test_the_tiles_are_as_many_as_promised_distinct_and_in_order(moments: int, tiles: int) -> None:
    times = spread([Fraction(n) for n in range(moments)], tiles)

    assert len(times) == min(moments, tiles)
    assert times[0] == 0
    assert list(times) == sorted(set(times))


def test_the_cues_follow_each_other_to_the_end_and_point_at_their_tiles() -> None:
    times = [Fraction(0), Fraction(2), Fraction(4004, 1000)]

    vtt = storyboard_vtt(times, Fraction("3605.5"), editing(storyboard_columns=2), HD)

    assert vtt == (
        "WEBVTT\n"
        "\n00:00:00.000 --> 00:00:02.000\nstoryboard.jpg#xywh=0,0,240,135\n"
        "\n00:00:02.000 --> 00:00:04.004\nstoryboard.jpg#xywh=240,0,240,135\n"
        "\n00:00:04.004 --> 01:00:05.500\nstoryboard.jpg#xywh=0,135,240,135\n"
    )


def test_a_time_that_rounds_up_to_a_second_is_that_second() -> None:
    vtt = storyboard_vtt([Fraction(0), Fraction("59.9996")], Fraction(61), editing(), HD)

    assert "00:01:00.000 --> 00:01:01.000" in vtt


@pytest.mark.parametrize(("moments", "tiles"), [(1, 50), (7, 50), (60, 50)])
def test_the_cues_are_as_many_as_are_promised_and_lie_on_the_sheet(moments: int, tiles: int) -> None:
    plan = video_plan()
    outputs = {output.name: output.expect for output in edit_outputs(plan, edit(), min(moments, tiles))}
    sheet = outputs["storyboard.jpg"]

    times = spread([Fraction(n) for n in range(moments)], tiles)
    vtt = storyboard_vtt(times, plan.duration + 60, plan.editing, HD)

    places = [
        tuple(map(int, line.partition("=")[2].split(",")))
        for line in vtt.splitlines()
        if line.startswith("storyboard.jpg#")
    ]
    assert len(places) == vtt.count(" --> ") == outputs["storyboard.vtt"].cues
    assert len(set(places)) == len(places)
    assert all(x + w <= sheet.width and y + h <= sheet.height for x, y, w, h in places)


def test_as_many_clips_as_were_wanted_need_no_word() -> None:
    assert list(edit_findings(video_plan(), edit((0, 8), (8, 16), (16, 24)), SEEN)) == []


def test_fewer_clips_are_told_as_the_footages_want_of_pictures() -> None:
    long = video_plan(end=Fraction(60), duration=Fraction(60), audio=None)

    (finding,) = edit_findings(long, edit((0, 8)), SEEN)

    assert finding == Finding("fewer-clips", "info", expected="3", actual="1")
    assert "生成了 1 段精彩片段（计划 3 段）" in text(finding)


def test_a_film_too_short_for_all_clips_is_told_to_be_short() -> None:
    short = video_plan(end=Fraction(12), duration=Fraction(12), audio=None)

    (finding,) = edit_findings(short, edit((0, 8)), SEEN)

    assert text(finding) == "片长只够 1 段精彩片段（计划 3 段）。"


def test_a_film_with_room_for_another_clip_is_not_said_to_be_short() -> None:
    half_black = video_plan(end=Fraction(19), duration=Fraction(19), audio=None)

    (finding,) = edit_findings(half_black, edit((0, 8)), SEEN)

    assert finding.code == "fewer-clips"


def test_footage_shorter_than_a_clip_is_told_so() -> None:
    plan = video_plan(end=Fraction(5), duration=Fraction(5), audio=None)

    (finding,) = edit_findings(plan, edit(), SEEN)

    assert finding == Finding("no-clips", "info", expected="8 秒", actual="5.0 秒")
    assert text(finding) == "素材长 5.0 秒，短于一段精彩片段（8 秒），未生成片段。"


def test_long_footage_without_a_clip_is_not_said_to_be_short() -> None:
    black = video_plan(end=Fraction(3600), duration=Fraction(3600), audio=None)

    (finding,) = edit_findings(black, edit(), analysis([BLACK] * 9 + [sample()]))

    assert finding == Finding("nothing-to-see", "warning", actual="画面全黑")
    assert "短于" not in text(finding)


def test_a_dark_screen_is_not_said_to_be_covered() -> None:
    film = video_plan(end=Fraction(3600), duration=Fraction(3600), audio=None)
    dark = sample(luma=30.0, contrast=11.0, sharpness=20.0)

    (finding,) = edit_findings(film, edit(), analysis([dark] * 10))

    assert text(finding) == "没有可用的精彩片段（画面过暗）；请检查镜头和光线，或人工选段。"


def test_long_footage_with_fewer_clips_is_not_said_to_be_short() -> None:
    mostly_black = video_plan(end=Fraction(3600), duration=Fraction(3600), audio=None)

    (finding,) = edit_findings(mostly_black, edit((0, 8)), SEEN)

    assert "较短" not in text(finding)
