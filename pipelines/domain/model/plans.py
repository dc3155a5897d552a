"""Define the plans by which files are made, and what is expected of their outputs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pipelines.domain.model.terms import Copied, Gate, Role


@dataclass(frozen=True, slots=True)
class Op:
    """One filter with its options, as ffmpeg names them; options in a fixed order so that plans compare."""

    name: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """The properties that an output must have. None, 0 or empty: not checked.

    `duration`: seconds, held within `tolerance` seconds. `level`: the highest H.264 level, times ten. `colour`:
    primaries/transfer/matrix/range. `loudness`: LKFS. `quieter`: LU that a limiter may take from it. `peak`: dBTP.
    """

    width: int = 0
    height: int = 0
    codec: str = ""
    profile: str = ""
    pixel_format: str = ""
    frame_rate: Fraction | None = None
    frames: int | None = None
    duration: Fraction | None = None
    tolerance: Fraction = Fraction(0)
    audio_codec: str = ""
    sample_rate: int = 0
    channels: int = 0
    faststart: bool = False
    level: int = 0
    colour: str = ""
    loudness: float | None = None
    quieter: float = 0.0
    peak: float | None = None
    cues: int | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """A file that the plan promises."""

    name: str
    role: Role
    media_type: str
    expect: Expectation


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of the master.

    `encoder`: of the codec, as ffmpeg names it. `psy`, `aq`: strength of x264's psychovisual optimisation and adaptive
    quantisation. `max_bitrate`: bits per second of the picture, over two seconds. `gop`: seconds between forced key
    frames, at which a copied clip may begin.
    """

    codec: str
    encoder: str
    profile: str
    preset: str
    crf: int
    psy: float
    aq: float
    max_bitrate: int
    level: int
    pixel_format: str
    frame_rate: Fraction
    gop: int
    audio_codec: str
    audio_bitrate: int
    sample_rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class Sampling:
    """The sampling of a film for analysis, in bgr24.

    `rate`: small frames per second, of `width` by `height` pixels. `shots`: tiny frames per second, for scene cuts.
    """

    rate: Fraction
    width: int
    height: int
    shots: Fraction


@dataclass(frozen=True, slots=True)
class Editing:
    """The outputs that are made from the finished master. Lengths in seconds, widths in pixels.

    `reel_seconds`: the longest reel; 0: none is made. `reel_piece`: the length of one of its pieces, about.
    `loudness`: the master's, in LKFS; None: as in the original.
    """

    clips: int
    clip_min: int
    clip_max: int
    reel_seconds: int
    reel_piece: int
    loudness: float | None
    stills: int
    weights: tuple[tuple[str, float], ...]
    thumbnail_widths: tuple[int, ...]
    storyboard_columns: int
    storyboard_tiles: int
    tile_width: int
    jpeg_quality: int


@dataclass(frozen=True, slots=True)
class VideoPlan:
    """The plan of a video. `shared` ops run once, before the split into master and analysis.

    `copied`: streams that are copied packet by packet; their ops are empty. `surround`: ops that make a background of
    the same picture; empty for bars. `scratch`: bytes of disk. `rescue`: damage becomes a warning, not a refusal.
    `torn_end`: so does what breaks at the end of a recording that was switched off, and no more.
    `why`: the decisions, in Chinese. `angles`: indices of other video streams that become masters of
    their own. `words`: number of stills that are read for the words in them.
    """

    kind: Literal["video"]
    video_stream: int
    audio_stream: int | None
    max_pixels: int
    copied: tuple[Copied, ...]
    shared: tuple[Op, ...]
    picture: tuple[Op, ...]
    surround: tuple[Op, ...]
    fitted: tuple[Op, ...]
    analysis: tuple[Op, ...]
    shots: tuple[Op, ...]
    sound: tuple[Op, ...]
    sampling: Sampling
    encoding: Encoding
    editing: Editing
    master: Output
    frames: int
    duration: Fraction
    scratch: int
    rescue: bool
    gate: Gate
    why: tuple[str, ...]
    tools: tuple[tuple[str, str], ...]
    angles: tuple[int, ...] = ()
    torn_end: bool = False
    words: int = 0


@dataclass(frozen=True, slots=True)
class PhotoPlan:
    """The plan of a photo. `scratch`: bytes of disk that the work may take at most.

    `copied`: the coded picture is copied as it is, everything else is left out. `turn`: the EXIF orientation whose turn
    is made on the coded data, without decoding it; 1: none. `seconds`: of CPU that decoding may take at most. `why`:
    the decisions, in Chinese. `words`: 1 where the photo is read for the words in it.
    """

    kind: Literal["photo"]
    copied: bool
    seconds: int
    width: int
    height: int
    jpeg_quality: int
    thumbnail_widths: tuple[int, ...]
    outputs: tuple[Output, ...]
    scratch: int
    why: tuple[str, ...]
    tools: tuple[tuple[str, str], ...]
    turn: int = 1
    words: int = 0


Plan = VideoPlan | PhotoPlan
