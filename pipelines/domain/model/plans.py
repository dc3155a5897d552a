"""How a file will be made, and what right looks like."""

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
    """What right looks like. None (or 0) means: not asked. Durations are held within `tolerance` seconds.

    `level`: H.264's at most, times ten. `colour`: primaries/transfer/matrix/range. `loudness` LKFS, `quieter` LU
    that a limiter may take from it, `peak` dBTP.
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
    """A file the plan promises."""

    name: str
    role: Role
    media_type: str
    expect: Expectation


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the master is encoded; `gop` seconds between forced key frames, where copying a clip may begin.

    `encoder`: of the codec, as ffmpeg names it. `psy`, `aq`: strength of x264's psychovisual optimisation and adaptive
    quantisation. `max_bitrate`: bits a second of the picture, over two seconds.
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
    """The small frames that analysis sees, bgr24: their size and how many a second; and tiny ones for `shots`."""

    rate: Fraction
    width: int
    height: int
    shots: Fraction


@dataclass(frozen=True, slots=True)
class Editing:
    """What is made of the finished master. Lengths in seconds, widths in pixels.

    `reel_seconds`: the most a reel lasts, 0: there is none; `reel_piece`: what a piece of it lasts, about. `loudness`:
    LKFS, the master's; None: as it came.
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
    """How a video will be made. `shared` ops run once, before the split into master and analysis.

    `copied`: what is taken over packet by packet; its ops are empty then. `surround`: what becomes of the same picture
    behind it; empty for bars. `rescue`: damage is told rather than refused. `why`: what was decided, in Chinese.
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


@dataclass(frozen=True, slots=True)
class PhotoPlan:
    """How a photo will be made; `scratch` is the most bytes of disk the work may take.

    `copied`: the picture's data is taken over as it is, everything else is left behind. `turn`: the EXIF orientation
    whose turn is made on that data, without decoding it; 1: none. `seconds`: the most of CPU that decoding may take.
    `why`: what was decided, in Chinese.
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


Plan = VideoPlan | PhotoPlan
