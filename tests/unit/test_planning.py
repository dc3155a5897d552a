from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from pipelines.domain.planning.picture import fit, is_hdr, nearest_rate
from pipelines.domain.planning.video import plan_video
from pipelines.domain.profiles import VideoProfile
from tests.unit.facts import TOOLS, jiexi, other, quick, sound, video, video_plan, video_plan_under


def op(name: str, **options: object) -> Op:
    return Op(name, tuple((key, str(value)) for key, value in options.items()))


def named(ops: tuple[Op, ...], name: str) -> dict[str, str]:
    (found,) = (op for op in ops if op.name == name)
    return dict(found.options)


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
    )


def test_a_silent_portrait_clip_is_planned_whole_under_another_countys_rules() -> None:
    plan = video_plan(other(), index=2, width=1080, height=1920, rotation=90, audio=None)

    assert plan == VideoPlan(
        kind="video",
        video_stream=2,
        audio_stream=None,
        max_pixels=9_000_000,
        copied=(),
        shared=(op("fps", fps=25, start_time=0),),
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


# --- frame rates --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "chosen"),
    [
        ("24000/1001", "24000/1001"),
        ("23.976", "24000/1001"),
        ("24", "24"),
        ("25", "25"),
        ("30000/1001", "30000/1001"),
        ("29.83", "30000/1001"),
        ("30", "30"),
        ("50", "50"),
        ("60000/1001", "60000/1001"),
        ("59.94", "60000/1001"),
        ("60", "60"),
        ("12.5", "25"),
        ("15000/1001", "30000/1001"),
        ("10", "30"),
        ("12", "24"),
        ("15", "30"),
        ("20", "60"),
        ("27.02", "25"),
        ("48", "50"),
        ("1", "24"),
        ("120", "60"),
        ("240", "60"),
    ],
)
def test_each_source_gets_the_rate_with_the_least_judder(source: str, chosen: str) -> None:
    assert nearest_rate(Fraction(source), jiexi().video_profile("zhubo").frame_rates) == Fraction(chosen)


@pytest.mark.parametrize(("source", "chosen"), [("30", "25"), ("24", "25"), ("60", "50"), ("12.5", "25"), ("10", "50")])
def test_another_countys_rates_are_the_only_ones_it_gets(source: str, chosen: str) -> None:
    assert nearest_rate(Fraction(source), other().video_profile("kuangshan").frame_rates) == Fraction(chosen)


def test_a_varying_rate_becomes_a_constant_one() -> None:
    plan = video_plan(frame_rate=Fraction("27.02"), variable=True)

    assert plan.encoding.frame_rate == plan.master.expect.frame_rate == Fraction(25)
    assert (plan.frames, plan.duration) == (250, Fraction(10))
    assert plan.shared == (op("fps", fps=25, start_time=0),)


def test_frames_are_dropped_before_the_split_and_doubled_after_it() -> None:
    dropped, doubled = video_plan(frame_rate=Fraction(120)), video_plan(frame_rate=Fraction(25, 2))

    assert dropped.shared == (op("fps", fps=60, start_time=0),)
    assert "fps" not in [step.name for step in dropped.fitted]
    assert doubled.shared == ()
    assert named(doubled.fitted, "fps") == {"fps": "25", "start_time": "0"}


def test_a_fractional_rate_keeps_picture_and_sound_equally_long() -> None:
    plan = video_plan(frame_rate=Fraction(30000, 1001))

    assert (plan.frames, plan.duration) == (300, Fraction(1001, 100))
    assert named(plan.fitted, "fps")["fps"] == "30000/1001"
    assert named(plan.sound, "atrim") == {"end_sample": "480480"}
    assert plan.master.expect.duration == Fraction(1001, 100)


# --- fit and pad --------------------------------------------------------------------------------------------------

SIZES = [
    ("landscape", (1920, 1080), (1920, 1080), None),
    ("4k", (3840, 2160), (1920, 1080), None),
    ("720p", (1280, 720), (1920, 1080), None),
    ("portrait", (1080, 1920), (608, 1080), (656, 0)),
    ("square", (1000, 1000), (1080, 1080), (420, 0)),
    ("4:3", (640, 480), (1440, 1080), (240, 0)),
    ("anamorphic wide", (1024, 576), (1920, 1080), None),
    ("anamorphic 5:4", (768, 576), (1440, 1080), (240, 0)),
    ("cinema", (4096, 1716), (1920, 804), (0, 138)),
    ("odd, nearly 16:9", (1919, 1079), (1920, 1080), None),
    ("odd", (853, 479), (1920, 1078), (0, 0)),
    ("odd portrait", (719, 1277), (608, 1080), (656, 0)),
    ("a pixel", (1, 1), (1080, 1080), (420, 0)),
    ("a column", (1, 4000), (2, 1080), (958, 0)),
    ("a row", (4000, 1), (1920, 2), (0, 538)),
]


@pytest.mark.parametrize(("_name", "source", "size", "corner"), SIZES, ids=[row[0] for row in SIZES])
def test_a_picture_keeps_its_shape_and_what_is_left_is_black(
    _name: str, source: tuple[int, int], size: tuple[int, int], corner: tuple[int, int] | None
) -> None:
    size_of = {"width": source[0], "height": source[1], "pixel_format": "yuv422p"}  # the last one: scaled in any case
    plan = video_plan_under({"surround": "black"}, **size_of)
    scale = named(plan.picture, "scale")

    assert (int(scale["w"]), int(scale["h"])) == size
    if corner is None:
        assert "pad" not in [step.name for step in plan.picture]
    else:
        padded = {"w": "1920", "h": "1080", "x": str(corner[0]), "y": str(corner[1]), "color": "black"}
        assert named(plan.picture, "pad") == padded


@quick
@given(st.integers(1, 20_000), st.integers(1, 20_000), st.sampled_from([(1920, 1080), (1280, 720), (320, 180)]))
def test_a_fitted_picture_is_even_inside_its_box_and_touches_it(width: int, height: int, box: tuple[int, int]) -> None:
    fitted = fit(width, height, box)

    assert all(side % 2 == 0 and 2 <= side <= most for side, most in zip(fitted, box, strict=True))
    assert fitted[0] == box[0] or fitted[1] == box[1]
    scale = min(Fraction(box[0], width), Fraction(box[1], height))
    assert all(side == 2 or abs(side - full * scale) <= 1 for side, full in zip(fitted, (width, height), strict=True))


@quick
@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_a_padded_picture_lies_inside_the_frame_on_even_pixels(width: int, height: int) -> None:
    plan = video_plan_under({"surround": "black"}, width=width, height=height, pixel_format="yuv422p")
    scale = named(plan.picture, "scale")
    pads = [dict(step.options) for step in plan.picture if step.name == "pad"]

    for pad in pads:
        left, top = int(pad["x"]), int(pad["y"])
        assert left % 2 == top % 2 == 0
        assert left + int(scale["w"]) <= 1920
        assert top + int(scale["h"]) <= 1080
        assert abs(1920 - int(scale["w"]) - 2 * left) <= 2
        assert abs(1080 - int(scale["h"]) - 2 * top) <= 2
    assert bool(pads) == ((scale["w"], scale["h"]) != ("1920", "1080"))


# --- colour, fields -----------------------------------------------------------------------------------------------


def tone_map(transfer: str) -> tuple[Op, ...]:
    tagged = {"transferin": transfer, "primariesin": "bt2020", "matrixin": "bt2020nc"}
    return (
        op("zscale", width=1920, height=1080, **tagged, transfer="linear", npl=203),
        op("format", pix_fmts="gbrpf32le"),
        op("zscale", primaries="bt709"),
        op("tonemap", tonemap="mobius", desat=0),
        op("zscale", transfer="bt709", matrix="bt709", range="limited"),
        op("format", pix_fmts="yuv420p"),
    )


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_is_tone_mapped_once_before_the_split(transfer: str) -> None:
    plan = video_plan(transfer=transfer, matrix="bt2020nc", full_range=True, pixel_format="yuv420p10le")
    scale = named(plan.picture, "scale")

    assert plan.shared == tone_map(transfer)
    assert (scale["in_color_matrix"], scale["in_range"]) == ("bt709", "limited")


@pytest.mark.parametrize("transfer", ["", "bt709", "smpte170m", "bt2020-10"])
def test_what_is_not_hdr_is_not_tone_mapped(transfer: str) -> None:
    assert not is_hdr(video(transfer=transfer))
    assert video_plan(transfer=transfer).shared == ()


def test_interlaced_footage_is_deinterlaced_before_anything_else() -> None:
    deinterlace = op("bwdif", mode="send_frame", parity="tff", deint="all")

    assert video_plan(fields="tff", frame_rate=Fraction(25)).shared == (deinterlace,)
    assert named(video_plan(fields="bff").shared, "bwdif")["parity"] == "bff"
    assert video_plan(fields="tff", transfer="smpte2084", frame_rate=Fraction(120)).shared == (
        deinterlace,
        *tone_map("smpte2084"),
        op("fps", fps=60, start_time=0),
    )


@pytest.mark.parametrize(
    ("changes", "matrix"),
    [
        ({"matrix": "bt709", "pixel_format": "yuv422p"}, "bt709"),
        ({"matrix": "bt709", "width": 640, "height": 480}, "bt709"),
        ({"matrix": "smpte170m"}, "bt601"),
        ({"matrix": "bt470bg"}, "bt601"),
        ({"matrix": "bt2020nc"}, "bt2020"),
        ({"matrix": "bt2020c"}, "bt2020"),
        ({"matrix": "", "width": 1280, "height": 720}, "bt709"),
        ({"matrix": "", "width": 720, "height": 1280}, "bt709"),
        ({"matrix": "", "width": 640, "height": 480}, "bt601"),
        ({"matrix": "", "width": 1024, "height": 576}, "bt601"),
    ],
)
def test_colours_are_read_by_their_own_matrix_or_the_one_their_size_implies(
    changes: dict[str, Any], matrix: str
) -> None:
    assert named(video_plan(**changes).picture, "scale")["in_color_matrix"] == matrix


@pytest.mark.parametrize(
    ("changes", "scaled"),
    [
        ({}, False),
        ({"matrix": "smpte170m"}, True),
        ({"full_range": True}, True),
        ({"pixel_format": "yuv420p10le"}, True),
        ({"square_pixels": False}, True),
        ({"height": 1072}, True),
    ],
)
def test_a_picture_is_scaled_only_where_its_size_or_its_colours_change(changes: dict[str, Any], scaled: bool) -> None:
    assert ("scale" in [step.name for step in video_plan(**changes).picture]) == scaled


def test_full_range_is_brought_to_limited_range() -> None:
    scale = named(video_plan(full_range=True).picture, "scale")

    assert (scale["in_range"], scale["out_range"]) == ("full", "limited")


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


# --- fields, surround, level --------------------------------------------------------------------------------------


def test_fifty_fields_become_twenty_five_pictures_or_fifty_as_the_profile_says() -> None:
    frames = video_plan(fields="tff", frame_rate=Fraction(25))
    fields = video_plan_under({"field_rate": "field"}, fields="tff", frame_rate=Fraction(25))

    assert (frames.encoding.frame_rate, named(frames.shared, "bwdif")["mode"]) == (Fraction(25), "send_frame")
    assert (fields.encoding.frame_rate, named(fields.shared, "bwdif")["mode"]) == (Fraction(50), "send_field")
    assert fields.frames == 500


def test_a_portrait_clip_stands_before_a_blurred_picture_of_itself() -> None:
    plan = video_plan(width=1080, height=1920)

    assert [step.name for step in plan.surround] == ["scale", "crop", "gblur", "eq", "scale", "setsar"]
    assert named(plan.surround, "crop") == {"w": "240", "h": "134"}
    assert "pad" not in [step.name for step in plan.picture]
    assert video_plan().surround == ()


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


# --- copying what complies ----------------------------------------------------------------------------------------

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
