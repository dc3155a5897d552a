"""A video's plan as a whole, its length, its sound and what it promises."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from pipelines.domain.campaign import Profile
from pipelines.domain.model import (
    Editing,
    Encoding,
    Expectation,
    Op,
    Output,
    Sampling,
    SoundLevel,
    VideoFacts,
    VideoPlan,
)
from pipelines.domain.planning.video import plan_video
from pipelines.domain.profiles import VideoProfile
from tests.unit.facts import TOOLS, jiexi, named, op, other, quick, sound, video, video_plan

FITTED = (
    op("format", pix_fmts="yuv420p"),
    op("setsar", sar=1),
    op("setparams", color_primaries="bt709", color_trc="bt709", colorspace="bt709", range="limited"),
)


def test_a_plain_landscape_clip_is_planned_whole() -> None:
    plan = video_plan()

    assert plan == VideoPlan(
        kind="video",
        video_stream=0,
        audio_stream=1,
        max_pixels=40_000_000,
        copied=(),
        shared=(),
        picture=FITTED,  # it has the size and the colours that are asked for
        surround=(),
        fitted=(
            op("fps", fps=30, start_time=0),
            op("tpad", stop_mode="clone", stop=2),
            op("trim", end_frame=300),
        ),
        analysis=(
            op("fps", fps=5, start_time=0, round="up"),
            op("scale", w=320, h=180, flags="area", in_color_matrix="bt709", in_range="limited"),
            op("format", pix_fmts="bgr24"),
        ),
        shots=(
            op("fps", fps=30, start_time=0, round="up"),
            op("scale", w=64, h=36, flags="fast_bilinear", in_color_matrix="bt709", in_range="limited"),
            op("format", pix_fmts="bgr24"),
        ),
        sound=(
            Op("aresample", (("out_sample_rate", "48000"), ("async", "1"), ("first_pts", "0"))),
            op("aformat", sample_fmts="fltp", channel_layouts="stereo"),
            op("apad", whole_len=480_000),
            op("atrim", end_sample=480_000),
        ),
        sampling=Sampling(Fraction(5), 320, 180, Fraction(30)),
        encoding=Encoding(
            codec="h264",
            encoder="libx264",
            profile="high",
            preset="medium",
            crf=22,
            psy=0.0,
            aq=0.5,
            max_bitrate=20_000_000,
            level=42,
            pixel_format="yuv420p",
            frame_rate=Fraction(30),
            gop=4,
            audio_codec="aac",
            audio_bitrate=160_000,
            sample_rate=48_000,
            channels=2,
        ),
        editing=Editing(
            clips=3,
            clip_min=8,
            clip_max=20,
            reel_seconds=45,
            reel_piece=5,
            loudness=-24.0,
            stills=4,
            weights=(
                *(("detail", 1.0), ("loudness", 0.3), ("motion", 0.2)),
                *(("people", 0.5), ("sharpness", 0.5), ("talking", 3.0)),
            ),
            thumbnail_widths=(320, 640),
            storyboard_columns=5,
            storyboard_tiles=50,
            tile_width=240,
            jpeg_quality=90,
        ),
        master=Output(
            "master.mp4",
            "master",
            "video/mp4",
            Expectation(
                width=1920,
                height=1080,
                codec="h264",
                profile="high",
                pixel_format="yuv420p",
                frame_rate=Fraction(30),
                frames=300,
                duration=Fraction(10),
                tolerance=Fraction(1, 20),
                audio_codec="aac",
                sample_rate=48_000,
                channels=2,
                faststart=True,
                level=42,
                colour="bt709/bt709/bt709/limited",
                loudness=-24.0,
                peak=-2.0,
            ),
        ),
        frames=300,
        duration=Fraction(10),
        scratch=64 * 1024 * 1024 + 50_400_000,
        rescue=False,
        gate="stream",
        why=("画面重新编码：关键帧相隔 10.0 秒，不便剪辑", "声音重新编码：原响度 -24.0 LKFS，调整 +0.0 dB"),
        tools=TOOLS,
        words=1,
    )


def test_a_silent_portrait_clip_is_planned_whole_under_another_countys_rules() -> None:
    plan = video_plan(other(), index=2, width=1080, height=1920, rotation=90, audio=None)

    assert plan == VideoPlan(
        kind="video",
        video_stream=2,
        audio_stream=None,
        max_pixels=9_000_000,
        copied=(),
        shared=(op("fps", fps=25, start_time=0, eof_action="pass"),),
        picture=(
            op(
                "scale",
                w=404,
                h=720,
                flags="bicubic",
                in_color_matrix="bt709",
                in_range="limited",
                out_color_matrix="bt709",
                out_range="limited",
            ),
            *FITTED,
            op("pad", w=1280, h=720, x=438, y=0, color="black"),
        ),
        surround=(),
        fitted=(op("tpad", stop_mode="clone", stop=-1), op("trim", end_frame=250)),
        analysis=(
            op("fps", fps=5, start_time=0, round="up"),
            op("scale", w=102, h=180, flags="area", in_color_matrix="bt709", in_range="limited"),
            op("format", pix_fmts="bgr24"),
        ),
        shots=(
            op("fps", fps=25, start_time=0, round="up"),
            op("scale", w=64, h=36, flags="fast_bilinear", in_color_matrix="bt709", in_range="limited"),
            op("format", pix_fmts="bgr24"),
        ),
        sound=(op("anullsrc", r=44_100, cl="mono"), op("atrim", end_sample=441_000)),
        sampling=Sampling(Fraction(5), 102, 180, Fraction(25)),
        encoding=Encoding(
            *("h264", "libx264", "main", "faster", 24, 1.0, 1.0, 6_000_000, 40),
            *("yuv420p", Fraction(25), 1, "aac", 96_000, 44_100, 1),
        ),
        editing=Editing(
            clips=2,
            clip_min=3,
            clip_max=5,
            reel_seconds=0,
            reel_piece=0,
            loudness=-16.0,
            stills=5,
            weights=(
                *(("detail", 0.0), ("loudness", 1.0), ("motion", 0.0)),
                *(("people", 0.0), ("sharpness", 2.0), ("talking", 0.0)),
            ),
            thumbnail_widths=(160, 480),
            storyboard_columns=4,
            storyboard_tiles=12,
            tile_width=160,
            jpeg_quality=80,
        ),
        master=Output(
            "master.mp4",
            "master",
            "video/mp4",
            Expectation(
                width=1280,
                height=720,
                codec="h264",
                profile="main",
                pixel_format="yuv420p",
                frame_rate=Fraction(25),
                frames=250,
                duration=Fraction(10),
                tolerance=Fraction(1, 20),
                audio_codec="aac",
                sample_rate=44_100,
                channels=1,
                faststart=True,
                level=40,
                colour="bt709/bt709/bt709/limited",
            ),
        ),
        frames=250,
        duration=Fraction(10),
        scratch=64 * 1024 * 1024 + 15_240_000,
        rescue=True,
        gate="decode",
        why=(
            "画面重新编码：活动配置要求一律重新编码；编码是 h264 high；画面是 1080×1920；"
            "画面要转正、裁边或改成方形像素；帧率不固定或不在允许之列；"
            "码率 12.0 Mbit/s 高于 6；关键帧相隔 10.0 秒，不便剪辑",
            "声音：原片没有，配静音",
        ),
        tools=TOOLS,
    )


# --- length and sound ---------------------------------------------------------------------------------------------


def test_sound_that_goes_on_keeps_the_last_picture_standing() -> None:
    plan = video_plan(end=Fraction(8), duration=Fraction(10), audio=sound(end=Fraction(10)))

    assert plan.fitted[-2:] == (op("tpad", stop_mode="clone", stop=62), op("trim", end_frame=300))
    assert named(plan.sound, "atrim") == {"end_sample": "480000"}


def test_sound_that_ends_early_is_followed_by_silence() -> None:
    plan = video_plan(audio=sound(end=Fraction(3)))

    assert named(plan.sound, "apad") == {"whole_len": "480000"}
    assert plan.fitted[-2:] == (op("tpad", stop_mode="clone", stop=2), op("trim", end_frame=300))


def test_a_silent_original_gets_a_silent_track() -> None:
    plan = video_plan(audio=None)

    assert plan.audio_stream is None
    assert plan.sound == (op("anullsrc", r=48_000, cl="stereo"), op("atrim", end_sample=480_000))
    assert (plan.master.expect.audio_codec, plan.master.expect.channels) == ("aac", 2)


def test_the_stream_that_was_probed_is_the_stream_that_is_used() -> None:
    plan = video_plan(index=3, audio=sound(index=7))

    assert (plan.video_stream, plan.audio_stream) == (3, 7)


@quick
@given(st.fractions(min_value=Fraction(1, 1000), max_value=30_000, max_denominator=90_000))
def test_a_master_is_as_long_as_its_original_within_half_a_frame(length: Fraction) -> None:
    plan = video_plan(end=length, duration=length, audio=sound(end=length))

    assert plan.frames >= 1
    assert plan.duration == plan.frames / plan.encoding.frame_rate
    assert abs(plan.duration - length) <= (Fraction(1, 30) if plan.frames == 1 else Fraction(1, 60))
    assert int(named(plan.fitted, "trim")["end_frame"]) == plan.frames


def test_a_blink_is_one_frame() -> None:
    plan = video_plan(end=Fraction(1, 1000), duration=Fraction(1, 1000), frames=1, audio=None)

    assert (plan.frames, plan.duration) == (1, Fraction(1, 30))


@pytest.mark.parametrize(
    ("length", "rate"), [(Fraction(1), 30), (Fraction(499, 100), 30), (Fraction(5), 5), (Fraction(7200), 5)]
)
def test_every_frame_of_a_short_clip_is_analysed_and_five_a_second_of_a_long_one(length: Fraction, rate: int) -> None:
    plan = video_plan(end=length, duration=length, audio=None)

    assert plan.sampling == Sampling(Fraction(rate), 320, 180, shots=Fraction(30))
    assert named(plan.analysis, "fps")["fps"] == str(rate)


@pytest.mark.parametrize(("rate", "glances"), [(25, 25), (30, 30), (50, 25), (60, 30)])
def test_every_frame_is_seen_at_a_glance_and_every_second_one_of_a_fast_film(rate: int, glances: int) -> None:
    facts, profile = _with_rates(rate)

    assert isinstance(profile, VideoProfile)
    assert plan_video(facts, profile, jiexi().programmes["zhubo"], TOOLS).sampling.shots == glances


def test_a_longer_film_is_given_more_scratch() -> None:
    assert video_plan(duration=Fraction(7200), end=Fraction(7200)).scratch == 64 * 1024 * 1024 + 7200 * 5_040_000


def _with_rates(*rates: int) -> tuple[VideoFacts, Profile]:
    profile = jiexi().video_profile("zhubo")
    return video(frame_rate=Fraction(rates[0])), profile.model_copy(update={"frame_rates": tuple(map(Fraction, rates))})


def test_a_frame_longer_than_the_tolerance_is_the_tolerance() -> None:
    facts, profile = _with_rates(10)
    assert isinstance(profile, VideoProfile)

    plan = plan_video(facts, profile, jiexi().programmes["zhubo"], TOOLS)

    assert plan.master.expect.tolerance == Fraction(1, 10)


def test_the_programme_decides_the_clips_and_nothing_else() -> None:
    zhubo, nanyue, huodong = (
        plan_video(video(), jiexi().video_profile(name), jiexi().programmes[name], TOOLS)
        for name in ("zhubo", "nanyue", "huodong")
    )

    assert replace(nanyue, editing=zhubo.editing) == zhubo
    assert (nanyue.editing.clip_min, nanyue.editing.clip_max) == (6, 16)
    favoured = {
        name: dict(programme.editing.weights)
        for name, programme in (("zhubo", zhubo), ("nanyue", nanyue), ("huodong", huodong))
    }
    assert max(favoured["zhubo"], key=favoured["zhubo"].__getitem__) == "talking"
    assert max(favoured["nanyue"], key=favoured["nanyue"].__getitem__) == "detail"
    assert sorted(favoured["huodong"], key=favoured["huodong"].__getitem__)[-2:] == ["people", "motion"]


# --- level --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "change", "limited"),
    [
        (SoundLevel(-24.0, -6.0), "", False),
        (SoundLevel(-24.4, -6.0), "", False),
        (SoundLevel(-30.0, -12.0), "6.0dB", False),
        (SoundLevel(-30.0, -6.0), "6.0dB", True),
        (SoundLevel(-14.0, -1.0), "-10.0dB", False),
        (SoundLevel(-24.0, -1.0), "", True),
        (SoundLevel(-60.0, -50.0), "20.0dB", False),
        (SoundLevel(-70.0, -70.0), "", False),
        (None, "", False),
    ],
)
def test_the_gain_is_what_is_missing_and_the_limiter_only_where_the_peak_asks_for_it(
    level: SoundLevel | None, change: str, limited: bool
) -> None:
    plan = video_plan(audio=sound(level=level))
    names = [step.name for step in plan.sound]

    assert (named(plan.sound, "volume")["volume"] if change else "") == change
    assert ("volume" in names, "alimiter" in names) == (bool(change), limited)
    assert names[-3:] == ["aformat" if limited else names[-3], "apad", "atrim"]


def test_what_the_sound_will_measure_is_promised_and_silence_promises_nothing() -> None:
    quiet, noise = (
        video_plan(audio=sound(level=SoundLevel(-30.0, -12.0))),
        video_plan(audio=sound(level=SoundLevel(-60, -50))),
    )

    assert (quiet.master.expect.loudness, quiet.master.expect.peak) == (-24.0, -2.0)
    assert noise.master.expect.loudness == -40.0
    assert video_plan(audio=sound(level=SoundLevel(-70.0, -70.0))).master.expect.loudness is None
