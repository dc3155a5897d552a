"""What a unit says of a file, and what was read off it; what was noticed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from annotated_types import Interval

from pipelines.domain.model.terms import (
    Count,
    Fields,
    Level,
    Offset,
    Pixels,
    Private,
    Rate,
    Scope,
    Seconds,
    Severity,
    Word,
)


@dataclass(frozen=True, slots=True)
class Submission:
    """What a field unit says of a file. `name` is data: shown, never used as a path or an option.

    `pair`: the unit's own name for a place that is shown twice, `side`: before or after what was done there.
    """

    name: str
    programme: str
    unit: str = ""
    activity: str = ""
    place: str = ""
    date: date | None = None
    pair: str = ""
    side: str = ""


@dataclass(frozen=True, slots=True)
class Original:
    """The bytes as received."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed, at acceptance or in an output. Its sentence is in :mod:`pipelines.domain.wording`.

    `output`: the name of the output it is about, empty for the original. `scope`: what it is a finding on; those on a
    derived publication are settled by the next edit.
    """

    code: str
    severity: Severity
    expected: str = ""
    actual: str = ""
    output: str = ""
    scope: Scope = "original"


@dataclass(frozen=True, slots=True)
class SoundLevel:
    """Of a stereo mix-down, by ITU-R BS.1770: `integrated` LKFS (-70: silence), `peak` dBTP."""

    integrated: Level
    peak: Level


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """One audio stream. `start` and `end` in seconds on the file's own clock. `level` None: not measured.

    `layout`: of its channels, as libavutil names it.
    """

    index: Count
    codec: Word
    profile: Word
    sample_rate: Count
    channels: Count
    start: Offset
    end: Seconds
    level: SoundLevel | None = None
    layout: Word = ""


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What was read off a video. `frames` counts packets; `end` is where the picture ends, `duration` where both end.

    `declared` is the length the header claims (0 where it claims none): a header can lie, packets can't. `hidden`:
    packets that a player skips (edit lists). `key_interval`: the longest time between two key frames. `gaps`: places
    where frames are missing. `open_keys`: key frames that one can't cut at (of H.264 in MP4; elsewhere it says
    nothing). `bit_rate`: bits a second of the picture's packets. `crop`: width and height, upright, of what is picture
    and not edge (clean aperture), about the middle. `fields`: as they are in truth; `flagged_fields`: as flagged.
    `torn`: packets of the picture that hold what no encoder writes, or that no decoder in step reads to their end, and
    places where packets of a transport stream are missing. `sounds`: how many audio streams. `others`: streams
    that are neither, and chapters.
    """

    kind: Literal["video"]
    container: Word
    index: Count
    codec: Word
    profile: Word
    level: Annotated[int, Interval(ge=-1000, le=100_000)]
    pixel_format: Word
    width: Pixels
    height: Pixels
    square_pixels: bool
    rotation: Annotated[int, Interval(ge=-360, le=360)]
    mirrored: bool
    crop: tuple[Pixels, Pixels] | None
    frame_rate: Rate
    variable: bool
    frames: Count
    hidden: Count
    key_interval: Seconds
    gaps: Count
    open_keys: Count
    bit_rate: Count
    start: Offset
    end: Seconds
    duration: Seconds
    declared: Seconds
    truncated: bool
    fields: Fields
    flagged_fields: bool
    transfer: Word
    primaries: Word
    matrix: Word
    full_range: bool
    dolby_vision: bool
    faststart: bool
    audio: AudioFacts | None
    sounds: Count
    others: tuple[Word, ...] = ()
    private: tuple[Private, ...] = ()
    torn: Count = 0


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What was read off a picture; width and height are upright. `frames` > 1 for an animation.

    `coding` of a JPEG: baseline, extended, progressive; empty for any other. `colour`: srgb where its numbers are that,
    unknown of inks without a profile, else other. `size` in bytes. `taken`, `zone`: the camera's clock, as EXIF has it;
    `satellites`: UTC, by GPS. `unit`: width and height of what a JPEG is coded in at a time; zeros for any other.
    """

    kind: Literal["photo"]
    format: Word
    width: Pixels
    height: Pixels
    orientation: Annotated[int, Interval(ge=0, le=65_535)]
    mode: Word
    frames: Count
    coding: Word
    colour: Literal["srgb", "other", "unknown"]
    size: Count
    taken: Word = ""
    zone: Word = ""
    satellites: Word = ""
    private: tuple[Private, ...] = ()
    unit: tuple[Count, Count] = (0, 0)


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What was read off a WebVTT file."""

    kind: Literal["text"]
    cues: Count


Facts = VideoFacts | ImageFacts
OutputFacts = VideoFacts | ImageFacts | TextFacts


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file is not footage we can take."""

    kind: Literal["refusal"]
    finding: Finding
