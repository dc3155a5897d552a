"""Define the facts that are read from films: picture, sound, timing and integrity."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
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
    Seconds,
    Share,
    Word,
)


@dataclass(frozen=True, slots=True)
class SoundLevel:
    """The level of a stereo mix-down, by ITU-R BS.1770: `integrated` LKFS (-70: silence), `peak` dBTP."""

    integrated: Level
    peak: Level


@dataclass(frozen=True, slots=True)
class SoundCondition:
    """The condition of a recorded sound, measured over all of it after the mix to stereo, before any repair.

    `left`, `right`: RMS levels in dBFS. `correlation` of the two: 1 the same, -1 in opposite phase. `clipped`: seconds
    at full scale, by either channel. `hum`: share of the power within 2 Hz of 50, 100 and 150 Hz (mains); `rumble`:
    share below 80 Hz (wind, shaking).
    """

    left: Level
    right: Level
    correlation: Annotated[float, Interval(ge=-1, le=1)]
    clipped: Seconds
    hum: Share
    rumble: Share


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """One audio stream. `start` and `end` in seconds on the file's own clock. `level` None: not measured.

    `layout`: the channel layout, as libavutil names it. `level`: after the repair that its `condition` asks for.
    `lost`: seconds of an MPEG stream's sound that are missing beside a picture that goes on, first at `lost_from`.
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
    condition: SoundCondition | None = None
    lost: Seconds = Fraction(0)
    lost_from: Seconds = Fraction(0)


@dataclass(frozen=True, slots=True)
class PictureCoding:
    """The coding of a picture. `level`: H.264's, times ten. `bit_rate`: bits per second of the picture's packets."""

    codec: Word
    profile: Word
    level: Annotated[int, Interval(ge=-1000, le=100_000)]
    pixel_format: Word
    bit_rate: Count


@dataclass(frozen=True, slots=True)
class Geometry:
    """The size and shape of a picture, as displayed: after rotation, in square pixels.

    `crop`: width and height, upright, of the clean aperture, about the middle. `fields`: the real field order;
    `flagged_fields`: whether the stream says that it is interlaced. `projection`: of a spherical film, `stereo`: how
    two eyes' pictures are packed, both as libavutil names them; empty for an ordinary film.
    """

    width: Pixels
    height: Pixels
    square_pixels: bool
    rotation: Annotated[int, Interval(ge=-360, le=360)]
    mirrored: bool
    crop: tuple[Pixels, Pixels] | None
    fields: Fields
    flagged_fields: bool
    projection: Word = ""
    stereo: Word = ""


@dataclass(frozen=True, slots=True)
class Timing:
    """The timing of a picture, by its packets; times in seconds on the file's own clock.

    `frames` counts packets. `hidden`: packets that a player skips (edit lists). `key_interval`: the longest time
    between two key frames. `gaps`: places where frames are missing. `open_keys`: key frames of H.264 in MP4 that a cut
    can't begin at. `end`: of the picture; `duration`: where picture and sound have both ended. `until_key`: from the
    first packet to the first key frame, in which nothing can be decoded. `early`: how long before libavformat's own
    zero these times begin; it takes Matroska's clock to begin with the sound where pictures are coded out of order.
    `assumed`: a stream without a container names no rate, so that all times are libavformat's guess.
    """

    frame_rate: Rate
    variable: bool
    frames: Count
    hidden: Count
    key_interval: Seconds
    gaps: Count
    open_keys: Count
    start: Offset
    end: Seconds
    duration: Seconds
    until_key: Seconds = Fraction(0)
    early: Seconds = Fraction(0)
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Colour:
    """The colour tags of a picture, as H.273 (CICP) names them; empty where a stream has none."""

    transfer: Word
    primaries: Word
    matrix: Word
    full_range: bool
    dolby_vision: bool = False

    @property
    def is_hdr(self) -> bool:
        """Tell whether the transfer is PQ (SMPTE ST 2084) or HLG (ARIB STD-B67)."""
        return self.transfer in {"smpte2084", "arib-std-b67"}


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound that is published, None where there is none or none decodes; `tracks`: how many the file has."""

    audio: AudioFacts | None
    tracks: Count


@dataclass(frozen=True, slots=True)
class Integrity:
    """The integrity of a file.

    `declared`: the length that its header claims, in seconds, 0 where it claims none: a header can lie, packets can't.
    `torn`: packets of the picture that hold what no encoder writes, or that no decoder in step reads to their end, and
    places where packets of a transport stream are missing. `torn_from`: about when the first of them is, in seconds;
    None where that is unknown. `unfinished`: a fragmented MP4 without the index that writers put at its end.
    """

    declared: Seconds
    truncated: bool
    torn: Count
    torn_from: Seconds | None = None
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Torn:
    """Pictures that no decoder in step reads to their end: their `count`, and when the `first` is, in seconds."""

    count: Count
    first: Seconds | None = None


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """The facts of a film. `index`: of the stream whose picture is published. `faststart`: the index comes first.

    `angles`: indices of the other films among its video streams, as of a dash cam's rear camera. `others`: kinds of
    streams that are neither picture nor sound, and chapters. `private`: kinds of private data.
    """

    kind: Literal["video"]
    container: Word
    index: Count
    coding: PictureCoding
    geometry: Geometry
    timing: Timing
    colour: Colour
    sound: Sound
    integrity: Integrity
    faststart: bool
    angles: tuple[Count, ...] = ()
    others: tuple[Word, ...] = ()
    private: tuple[Private, ...] = ()

    @property
    def pictures(self) -> int:
        """Return the number of films among its video streams."""
        return 1 + len(self.angles)

    @property
    def is_broken_off(self) -> bool:
        """Tell whether a transport stream ends within a packet and is whole before: its recorder was switched off."""
        return self.integrity.unfinished and self.container == "mpegts" and self.integrity.torn <= 1

    @property
    def width(self) -> int:
        """Return the width as displayed, in pixels."""
        return self.geometry.width

    @property
    def height(self) -> int:
        """Return the height as displayed, in pixels."""
        return self.geometry.height
