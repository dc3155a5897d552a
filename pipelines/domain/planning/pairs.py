"""Plan the sheet and the film that compare two publications of one place, before and after (整改前 / 整改后)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Annotated, Literal

from annotated_types import Interval

from pipelines.domain.model import Count, Encoding, Manifest, Op, Output, PhotoPlan, Pixels, Submission, Word
from pipelines.domain.planning.encoders import software
from pipelines.domain.planning.films import encoding_of, expected_film
from pipelines.domain.planning.photo import picture
from pipelines.domain.planning.picture import nearest_rate
from pipelines.domain.profiles import JPEG_SIDE, PhotoProfile, VideoProfile

Side = Literal["before", "after"]
SIDES: tuple[Side, Side] = ("before", "after")
BEFORE, AFTER = SIDES
PAIR, WIPE = "pair.jpg", "wipe.mp4"
NAMES = {"before": "整改前", "after": "整改后"}

_HOLD, _WIPES = Fraction(2), Fraction(2)  # seconds that each picture stands, and that the wipe takes
_RATE = Fraction(25)  # frames per second; the profile's nearest rate is used
_GAP, _BAR = Fraction(1, 90), Fraction(1, 12)  # of a panel's height
LINE = 6  # pixels; width of the line that moves between the two pictures


@dataclass(frozen=True, slots=True)
class Sheet:
    """Two panels side by side, each below a bar with words; pixels. `aligned`: both show the same part of the place."""

    width: Pixels
    height: Pixels
    panel_width: Pixels
    panel_height: Pixels
    gap: Annotated[int, Interval(ge=0, le=10_000)]
    bar: Pixels
    aligned: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A published picture: its original's SHA-256, its recipe, its file name, and the label above it."""

    original: Word
    recipe: Word
    name: Word
    label: Word


@dataclass(frozen=True, slots=True)
class Pair:
    """The plan of what will be made from two pictures: a sheet, and a film that wipes from one to the other.

    `width`, `height`: pixels of the film. `least`: the least size of the sheet in pixels, as for photos. `most`: pixels
    of a picture's longer side, at most.
    """

    before: Picture
    after: Picture
    width: Count
    height: Count
    encoding: Encoding
    quality: Count
    least: tuple[Count, Count]
    most: Count

    @property
    def seconds(self) -> Fraction:
        """Return the film's length in seconds."""
        return 2 * _HOLD + _WIPES

    @property
    def frames(self) -> int:
        """Return the film's number of frames."""
        return round(self.seconds * self.encoding.frame_rate)


def sheet_of(size: tuple[int, int], aligned: bool, least: tuple[int, int]) -> Sheet:
    """Return the sheet for panels of this size, enlarged where the whole would be smaller than `least`."""
    width, height = size
    across = 2 * width + round(height * _GAP)
    down = height + round(height * _BAR)
    scale = max(Fraction(1), Fraction(least[0], across), Fraction(least[1], down))
    scale = min(scale, Fraction(JPEG_SIDE - 2, across))  # a JPEG's longest side, for panoramas
    wide, tall = ceil(width * scale), ceil(height * scale)
    gap, bar = ceil(tall * _GAP), ceil(tall * _BAR)
    return Sheet(2 * wide + gap, tall + bar, wide, tall, gap, bar, aligned)


def plan_pair(
    pictures: tuple[tuple[Manifest, Submission], tuple[Manifest, Submission]], film: VideoProfile, photo: PhotoProfile
) -> Pair:
    """Plan the pair of two publications, before and after, under the programme's profiles."""
    before, after = (_picture(side, *it) for side, it in zip(SIDES, pictures, strict=True))
    rate = nearest_rate(_RATE, film.frame_rates)
    encoding = encoding_of(film, rate, software(film.codec))
    return Pair(
        before=before,
        after=after,
        width=film.width,
        height=film.height,
        encoding=encoding,
        quality=photo.jpeg_quality,
        least=(photo.long_side, photo.short_side),
        most=photo.max_side // 2,
    )


def _picture(side: Side, manifest: Manifest, submission: Submission) -> Picture:
    """Return the photo of a publication, or a film's poster, with its label."""
    name = "photo.jpg" if isinstance(manifest.plan, PhotoPlan) else "poster.jpg"
    day = submission.date
    label = NAMES[side] + (f" · {day.year}年{day.month}月{day.day}日" if day else "")
    return Picture(manifest.original.sha256, manifest.recipe, name, label)


def pair_outputs(pair: Pair, sheet: Sheet) -> tuple[Output, Output]:
    """Return the outputs of the sheet and of the film, each with its expectation."""
    film = expected_film(pair.encoding, (pair.width, pair.height), pair.frames, pair.encoding.frame_rate)
    photo = picture(sheet.width, sheet.height)
    return Output(PAIR, "pair", "image/jpeg", photo), Output(WIPE, "wipe", "video/mp4", film)


def wipe_ops(pair: Pair) -> tuple[tuple[Op, ...], Op, Op]:
    """Return the filters for each still, the wipe from left to right, and the overlay of the moving line."""
    rate = pair.encoding.frame_rate
    still = (
        Op("scale", (("out_color_matrix", "bt709"), ("out_range", "limited"))),
        Op("format", (("pix_fmts", pair.encoding.pixel_format),)),
        Op("fps", (("fps", str(rate)),)),
    )
    hold, wipes = float(_HOLD), float(_WIPES)
    wipe = Op("xfade", (("transition", "wiperight"), ("duration", str(wipes)), ("offset", str(hold))))
    x = f"(t-{hold})/{wipes}*{pair.width}-{LINE // 2}"
    return still, wipe, Op("overlay", (("x", x), ("y", "0"), ("enable", f"between(t,{hold},{hold + wipes})")))
