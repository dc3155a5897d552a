"""A photo's facts and rules become its plan. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from pipelines.model import Expectation, ImageFacts, Output, PhotoPlan
from pipelines.planning import Tools
from pipelines.profiles import PhotoProfile

_SCRATCH_BASE = 64 << 20  # bytes


def photo_size(facts: ImageFacts, profile: PhotoProfile) -> tuple[int, int]:
    """The size a photo is delivered in: its own, enlarged to the least allowed or reduced to the most, in shape."""
    long_side, short_side = max(facts.width, facts.height), min(facts.width, facts.height)
    least = max(Fraction(profile.long_side, long_side), Fraction(profile.short_side, short_side), Fraction(1))
    # A panorama or a strip keeps its shape; where least and most contradict, the least is the rule of the campaign.
    most = max(Fraction(profile.max_side, long_side), Fraction(profile.short_side, short_side))
    scale = least if least > 1 else min(Fraction(1), most)
    return ceil(facts.width * scale), ceil(facts.height * scale)


def against_copying(facts: ImageFacts, profile: PhotoProfile) -> Iterator[str]:
    """Every reason, in Chinese, why a photo has to be encoded; none: its picture data is taken over as it is."""
    if not profile.copy_compliant:
        yield "活动配置要求一律重新编码"
    if not facts.coding:
        yield f"格式是 {facts.format}"
    elif facts.mode != "RGB":
        yield f"颜色模式是 {facts.mode}"
    if facts.colour != "srgb":
        yield "颜色不是 sRGB"
    if facts.orientation > 1:
        yield "画面要转正"
    if photo_size(facts, profile) != (facts.width, facts.height):
        yield "尺寸要改变"


def plan_photo(facts: ImageFacts, profile: PhotoProfile, tools: Tools) -> PhotoPlan:
    """The one way this photo will be made under this profile."""
    width, height = photo_size(facts, profile)
    against = tuple(against_copying(facts, profile))
    thumbnails = thumbnail_outputs((width, height), profile.thumbnail_widths)
    photo = Output("photo.jpg", "photo", "image/jpeg", Expectation(width=width, height=height, codec="jpeg"))
    return PhotoPlan(
        kind="photo",
        copied=not against,
        seconds=profile.max_seconds,
        width=width,
        height=height,
        jpeg_quality=profile.jpeg_quality,
        thumbnail_widths=profile.thumbnail_widths,
        outputs=(photo, *thumbnails),
        scratch=_SCRATCH_BASE + max(width * height * 3, 0 if against else facts.size),
        why=("画面重新编码：" + "；".join(against) if against else "画面已符合要求，数据原样保留，只去除附带信息",),
        tools=tools,
    )


def thumbnail_outputs(size: tuple[int, int], widths: tuple[int, ...]) -> tuple[Output, ...]:
    """One small picture a width, in the shape of the large one."""
    return tuple(
        Output(f"thumbnail-{w}.jpg", "thumbnail", "image/jpeg", picture(w, max(1, round(size[1] * w / size[0]))))
        for w in widths
    )


def picture(width: int, height: int) -> Expectation:
    """A JPEG of exactly this size."""
    return Expectation(width=width, height=height, codec="jpeg")
