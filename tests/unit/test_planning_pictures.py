"""How a picture is planned: its rate, its shape in the frame, its colours, its fields."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pipelines.domain.model import Op
from pipelines.domain.planning.picture import fit, is_hdr, nearest_rate
from tests.unit.facts import jiexi, named, op, other, quick, video, video_plan, video_plan_under

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
    assert plan.shared == (op("fps", fps=25, start_time=0, eof_action="pass"),)


def test_frames_are_dropped_before_the_split_and_doubled_after_it() -> None:
    dropped, doubled = video_plan(frame_rate=Fraction(120)), video_plan(frame_rate=Fraction(25, 2))

    assert dropped.shared == (op("fps", fps=60, start_time=0, eof_action="pass"),)
    assert "fps" not in [step.name for step in dropped.fitted]
    assert doubled.shared == ()
    assert named(doubled.fitted, "fps") == {"fps": "25", "start_time": "0", "eof_action": "pass"}


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


HDR = {"primaries": "bt2020", "matrix": "bt2020nc"}


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
    plan = video_plan(transfer=transfer, **HDR, pixel_format="yuv420p10le")
    scale = named(plan.picture, "scale")

    assert plan.shared == tone_map(transfer)
    assert (scale["in_color_matrix"], scale["in_range"]) == ("bt709", "limited")


def test_hdr_of_other_primaries_or_full_range_is_read_as_it_is_tagged() -> None:
    tagged = {"primaries": "smpte432", "matrix": "bt709", "full_range": True}

    linear = dict(video_plan(transfer="smpte2084", **tagged).shared[0].options)

    assert [linear[name] for name in ("primariesin", "matrixin", "rangein")] == ["smpte432", "bt709", "full"]


@pytest.mark.parametrize(("primaries", "matrix"), [("bt2020", "bt2020nc"), ("smpte432", "bt709"), ("smpte431", "")])
def test_a_wide_gamut_with_an_sdr_transfer_is_converted_and_not_only_tagged(primaries: str, matrix: str) -> None:
    plan = video_plan(primaries=primaries, matrix=matrix, pixel_format="yuv420p10le")

    (convert, pixels) = plan.shared
    options = dict(convert.options)
    assert (options["primariesin"], options["matrixin"]) == (primaries, matrix or "bt709")
    assert [options[name] for name in ("primaries", "transfer", "matrix", "range")] == [*["bt709"] * 3, "limited"]
    assert dict(pixels.options) == {"pix_fmts": "yuv420p"}
    assert named(plan.picture, "scale")["in_color_matrix"] == "bt709"


@pytest.mark.parametrize("transfer", ["", "bt709", "smpte170m", "bt2020-10"])
def test_what_is_not_hdr_is_not_tone_mapped(transfer: str) -> None:
    assert not is_hdr(video(transfer=transfer))
    assert video_plan(transfer=transfer).shared == ()


def test_interlaced_footage_is_deinterlaced_before_anything_else() -> None:
    deinterlace = op("bwdif", mode="send_frame", parity="tff", deint="all")

    assert video_plan(fields="tff", frame_rate=Fraction(25)).shared == (deinterlace,)
    assert named(video_plan(fields="bff").shared, "bwdif")["parity"] == "bff"
    assert video_plan(fields="tff", frame_rate=Fraction(120), **HDR, transfer="smpte2084").shared == (
        deinterlace,
        *tone_map("smpte2084"),
        op("fps", fps=60, start_time=0, eof_action="pass"),
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
