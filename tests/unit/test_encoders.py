"""A graphics card encodes where a profile names one and the machine has it; else the processor does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipelines.domain.model import Op, VideoPlan
from pipelines.domain.planning import encoders
from pipelines.domain.planning.video import plan_video
from tests.unit.facts import TOOLS, jiexi, video, video_plan

SHARED = {
    "maxrate": "20000000",
    "bufsize": "40000000",
    "profile:v": "high",
    "force_key_frames": "expr:gte(t,n_forced*4)",
    "flags:v": "+bitexact+global_header",
}
OWN = {
    "libx264": {"preset": "medium", "crf": "22", "psy-rd": "0.0:0", "aq-strength": "0.5", "pix_fmt": "yuv420p"},
    "h264_nvenc": {
        "rc": "vbr",
        "cq": "22",
        "b:v": "0",
        "preset": "p5",
        "forced-idr": "1",
        "strict_gop": "1",
        "pix_fmt": "yuv420p",
    },
    "h264_qsv": {"global_quality": "22", "preset": "slow", "forced_idr": "1", "pix_fmt": "nv12"},
    "h264_vaapi": {"rc_mode": "QVBR", "global_quality": "22", "b:v": "10000000"},
}


def planned(named: tuple[str, ...], there: tuple[str, ...]) -> VideoPlan:
    profile = jiexi().video_profile("zhubo").model_copy(update={"hardware": named})
    return plan_video(video(), profile, jiexi().programmes["zhubo"], TOOLS, there)


@pytest.mark.parametrize(
    ("named", "there", "encoder"),
    [
        ((), ("nvenc", "qsv"), "libx264"),
        (("qsv", "nvenc"), (), "libx264"),
        (("qsv", "nvenc"), ("nvenc", "qsv"), "h264_qsv"),
        (("qsv", "vaapi"), ("vaapi",), "h264_vaapi"),
    ],
)
def test_the_first_that_is_named_and_there_encodes(
    named: tuple[str, ...], there: tuple[str, ...], encoder: str
) -> None:
    assert planned(named, there).encoding.encoder == encoder


@pytest.mark.parametrize("encoder", list(OWN))
def test_each_encoder_is_told_the_same_in_its_own_words(encoder: str) -> None:
    encoding = replace(video_plan().encoding, encoder=encoder)

    assert encoders.options(encoding) == {"c:v": encoder, **SHARED, **OWN[encoder]}


def test_frames_are_carried_to_the_card_where_the_encoder_takes_them_there_alone() -> None:
    carried = (Op("format", (("pix_fmts", "nv12"),)), Op("hwupload"))

    assert planned(("vaapi",), ("vaapi",)).fitted[-2:] == carried
    assert planned(("qsv",), ("qsv",)).fitted == planned((), ()).fitted
    assert encoders.devices("h264_vaapi") == ("-vaapi_device", "/dev/dri/renderD128")
    assert encoders.devices("h264_qsv") == encoders.devices("libx264") == ()


def test_only_what_needs_a_card_is_hardware() -> None:
    assert [encoders.is_hardware(name) for name in (*OWN, "copy")] == [False, True, True, True, False]
