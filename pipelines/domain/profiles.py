"""Define the profiles, by which a campaign says what it wants of a file, and the strict types of every rule."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, model_validator


def _distinct(values: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(values)) != len(values):
        raise ValueError("the same value twice")
    return values


def _text(value: object) -> str:
    """Return frames per second given as text ("25" or "30000/1001"), and raise for a float, which is not exact."""
    if not isinstance(value, str):
        raise ValueError('write a rate as text: "25" or "30000/1001"')
    return value


Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Even = Annotated[int, Field(ge=16, le=16384, multiple_of=2)]
Widths = Annotated[tuple[Even, ...], Field(min_length=1), AfterValidator(_distinct)]
Rate = Annotated[Fraction, Strict(False), BeforeValidator(_text), Field(gt=0)]
Quality = Annotated[int, Field(ge=50, le=100)]


JPEG_SIDE = 65_500  # pixels; the longest side that libjpeg writes


class Rule(BaseModel):
    """One table of the file, without unknown keys or coercion, either of which would hide a typing slip."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Coding(Rule):
    """The encoding of a film, a master or one for a channel; docs/profiles.md explains each field.

    `crf`: x264's scale, lower is better. `level`: H.264's times ten. `max_bitrate` bits a second. `loudness` LKFS and
    `true_peak` dBTP (ITU-R BS.1770); no `loudness`: the sound keeps its level. `max_gain` dB.
    """

    width: Even
    height: Even
    codec: Literal["h264"]
    profile: Literal["baseline", "main", "high"]
    pixel_format: Literal["yuv420p"]
    frame_rates: Annotated[tuple[Rate, ...], Field(min_length=1)]
    gop_seconds: Annotated[int, Field(ge=1, le=10)]
    preset: Literal["superfast", "veryfast", "faster", "fast", "medium", "slow"]
    crf: Annotated[int, Field(ge=0, le=51)]
    psy: Annotated[float, Field(ge=0, le=2)]
    aq: Annotated[float, Field(ge=0, le=2)]
    max_bitrate: Annotated[int, Field(ge=500_000, le=100_000_000)]
    level: Annotated[int, Field(ge=10, le=62)]
    audio_codec: Literal["aac"]
    audio_bitrate: Annotated[int, Field(ge=32_000, le=512_000)]
    sample_rate: Literal[32_000, 44_100, 48_000]
    channels: Literal[1, 2]
    loudness: Annotated[float, Field(ge=-40, le=-5)] | None = None
    true_peak: Annotated[float, Field(ge=-20, le=0)]
    max_gain: Annotated[float, Field(ge=0, le=60)]


class VideoProfile(Coding):
    """The requirements on a master, and how it is made; docs/profiles.md explains each field.

    `least_side`: pixels of the shorter side below which an original shows nothing worth publishing. `pictures`: whether
    only the main one of several pictures is published, or each. `read_words`: stills are read for the words in them.
    """

    kind: Literal["video"]
    surround: Literal["black", "blur"]
    field_rate: Literal["frame", "field"]
    copy_compliant: bool
    rescue: bool
    gate: Literal["stream", "decode"]
    hardware: Annotated[tuple[Literal["nvenc", "qsv", "vaapi"], ...], Field(max_length=3)]
    stills: Annotated[int, Field(ge=1, le=50)]
    thumbnail_widths: Widths
    storyboard_columns: Annotated[int, Field(ge=1, le=20)]
    storyboard_tiles: Annotated[int, Field(ge=1, le=400)]
    tile_width: Even
    jpeg_quality: Quality
    least_side: Annotated[int, Field(ge=16, le=4096)] = 64
    pictures: Literal["main", "each"] = "main"
    read_words: bool = True
    max_hours: Annotated[int, Field(ge=1, le=48)]
    max_pixels: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _fits_in_a_jpeg(self) -> VideoProfile:
        rows = -(-self.storyboard_tiles // self.storyboard_columns)
        height = rows * self.tile_width * self.height // self.width
        if max(self.storyboard_columns * self.tile_width, height) > JPEG_SIDE:
            raise ValueError(f"the storyboard sheet would be over {JPEG_SIDE} pixels")
        return self


Share = Annotated[float, Field(ge=0, lt=0.5)]


class Margins(Rule):
    """The margins that no caption may touch, as shares of width and height (EBU R 95; an app's own buttons)."""

    left: Share
    top: Share
    right: Share
    bottom: Share


class ChannelProfile(Coding):
    """The requirements of one channel: picture and sound of its films, their captions, their length and size.

    `framing`: `whole` shows all of the master, `follow` fills the frame with a part of it that follows the speaker.
    `scan`: with `tff` two pictures make the fields of one frame (50 pictures a second become 50i). `silent`: the film
    has no sound stream, rather than silence. `loop`: its end dissolves into its beginning. `captions`: templates, by
    name.
    """

    name: Text
    framing: Literal["whole", "follow"]
    scan: Literal["progressive", "tff"]
    silent: bool = False
    loop: bool = False
    captions: tuple[Id, ...]
    safe: Margins
    max_seconds: Annotated[int, Field(ge=3, le=3600)]
    max_bytes: Annotated[int, Field(ge=1_000_000)]


class PhotoProfile(Rule):
    """The requirements on a photo: at least long_side × short_side in its own orientation, no side over `max_side`.

    `least_side`: pixels of the shorter side below which a picture shows nothing worth publishing. `max_bytes` and
    `max_seconds` (of CPU): what reading one may take. `copy_compliant`: a JPG that complies is not encoded again.
    `read_words`: it is read for the words in it.
    """

    kind: Literal["photo"]
    long_side: Even
    short_side: Even
    least_side: Annotated[int, Field(ge=16, le=4096)] = 120
    max_side: Annotated[int, Field(ge=16, le=65_000)]
    max_pixels: Annotated[int, Field(ge=1)]
    max_bytes: Annotated[int, Field(ge=1)]
    max_seconds: Annotated[int, Field(ge=1, le=600)]
    copy_compliant: bool
    jpeg_quality: Quality
    thumbnail_widths: Widths
    read_words: bool = True

    @model_validator(mode="after")
    def _in_order(self) -> PhotoProfile:
        if not self.short_side <= self.long_side <= self.max_side:
            raise ValueError("short_side <= long_side <= max_side does not hold")
        return self
