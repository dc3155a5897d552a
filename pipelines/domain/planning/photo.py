"""Plan how a photo will be made, from its facts and its profile."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from pipelines.domain.model import Expectation, ImageFacts, Output, PhotoPlan
from pipelines.domain.planning.video import Tools
from pipelines.domain.profiles import PhotoProfile

_SCRATCH_BASE = 64 << 20  # bytes of disk that any photo may take
MOST_TURNED = 100_000_000  # pixels; the coefficients of each take six bytes
SIDEWAYS = range(5, 9)  # EXIF orientations that swap width and height
# EXIF orientation: whether the stored width, and height, have to be whole units for a turn without loss (jpegtran).
_WHOLE = {
    2: (True, False),
    3: (True, True),
    4: (False, True),
    5: (False, False),
    6: (False, True),
    7: (True, True),
    8: (True, False),
}
_KEPT = "画面已符合要求，数据原样保留，只去除附带信息"
_TURNED = "画面已符合要求，无损转正，不重新编码，只去除附带信息"


def photo_size(facts: ImageFacts, profile: PhotoProfile) -> tuple[int, int]:
    """Return the width and height in pixels in which a photo is delivered.

    They are its own, enlarged to the least allowed size or reduced to the most, in the same shape.
    """
    long_side, short_side = max(facts.width, facts.height), min(facts.width, facts.height)
    least = max(Fraction(profile.long_side, long_side), Fraction(profile.short_side, short_side), Fraction(1))
    # A panorama or a strip keeps its shape. Where least and most contradict each other, the least wins: it is the
    # campaign's rule.
    most = max(Fraction(profile.max_side, long_side), Fraction(profile.short_side, short_side))
    scale = least if least > 1 else min(Fraction(1), most)
    return ceil(facts.width * scale), ceil(facts.height * scale)


def turns_without_loss(facts: ImageFacts, tools: Tools) -> bool:
    """Tell whether a JPEG's blocks can be turned upright without decoding.

    No partial block may come to lie at the left or the upper edge.
    """
    if facts.orientation not in _WHOLE or not all(facts.unit) or not _turner(tools):
        return False
    if facts.width * facts.height > MOST_TURNED:
        return False
    stored = (facts.height, facts.width) if facts.orientation in SIDEWAYS else (facts.width, facts.height)
    whole = zip(_WHOLE[facts.orientation], stored, facts.unit, strict=True)
    return all(side % unit == 0 for asked, side, unit in whole if asked)


def _turner(tools: Tools) -> bool:
    return any(name == "turbojpeg" for name, _ in tools)


def against_copying(facts: ImageFacts, profile: PhotoProfile, tools: Tools) -> Iterator[str]:
    """Yield every reason, in Chinese, to encode a photo; no reason: its picture data is copied."""
    if not profile.copy_compliant:
        yield "活动配置要求一律重新编码"
    if not facts.coding:
        yield f"格式是 {facts.format}"
    elif facts.mode != "RGB":
        yield f"颜色模式是 {facts.mode}"
    if facts.colour != "srgb":
        yield "HDR 要转换为 sRGB" if facts.colour == "hdr" else "颜色不是 sRGB"
    if facts.orientation > 1 and not turns_without_loss(facts, tools):
        yield "画面要转正"
    if photo_size(facts, profile) != (facts.width, facts.height):
        yield "尺寸要改变"


def plan_photo(facts: ImageFacts, profile: PhotoProfile, tools: Tools) -> PhotoPlan:
    """Return the one plan for this photo under this profile."""
    width, height = photo_size(facts, profile)
    against = tuple(against_copying(facts, profile, tools))
    turn = 1 if against else max(1, facts.orientation)
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
        why=("画面重新编码：" + "；".join(against) if against else _KEPT if turn == 1 else _TURNED,),
        tools=tools,
        turn=turn,
        words=int(profile.read_words),
    )


def thumbnail_outputs(size: tuple[int, int], widths: tuple[int, ...]) -> tuple[Output, ...]:
    """Return one thumbnail output for each width, in the shape of `size`."""
    return tuple(
        Output(f"thumbnail-{w}.jpg", "thumbnail", "image/jpeg", picture(w, max(1, round(size[1] * w / size[0]))))
        for w in widths
    )


def picture(width: int, height: int) -> Expectation:
    """Return the expectation of a JPEG of exactly this size in pixels."""
    return Expectation(width=width, height=height, codec="jpeg")
