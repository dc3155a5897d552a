"""The values that flow through the house: frozen, printable, comparable. Nouns only; nothing here does anything.

Times are `Fraction` seconds from the first presented frame. Sizes are pixels as displayed: after rotation and
with square pixels. Bytes are named so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Annotated, Literal

from annotated_types import Interval, MaxLen

Severity = Literal["info", "warning", "reject"]
Role = Literal[
    "master",
    "poster",
    "still",
    "thumbnail",
    "storyboard",
    "clip",
    "reel",
    "photo",
    "analysis",
    "rendition",
    "pair",
    "wipe",
]
MediaKind = Literal["video", "photo"]
Copied = Literal["picture", "sound"]
Gate = Literal["stream", "decode"]
Private = Literal["place", "device", "owner", "notes"]

# What a child says of a file is held to these: it may no longer be ours when it answers.
Pixels = Annotated[int, Interval(ge=1, le=1 << 20)]
Count = Annotated[int, Interval(ge=0, le=1 << 40)]
Word = Annotated[str, MaxLen(80)]
Seconds = Annotated[Fraction, Interval(ge=0, le=10**7)]
Offset = Annotated[Fraction, Interval(ge=-(10**7), le=10**7)]
Rate = Annotated[Fraction, Interval(gt=0, le=10**6)]
Level = Annotated[float, Interval(ge=-200, le=100)]
Span = tuple[Fraction, Fraction]  # seconds: from, until before
Fields = Literal["progressive", "tff", "bff"]


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
    """One thing noticed: at acceptance, in an output, or of lateness. `text` in :mod:`pipelines.wording`."""

    code: str
    severity: Severity
    expected: str = ""
    actual: str = ""


@dataclass(frozen=True, slots=True)
class SoundLevel:
    """Of a stereo mix-down, by ITU-R BS.1770: `integrated` LKFS (-70: silence), `peak` dBTP."""

    integrated: Level
    peak: Level


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """One audio stream. `start` and `end` in seconds on the file's own clock. `level` None: not measured."""

    index: Count
    codec: Word
    profile: Word
    sample_rate: Count
    channels: Count
    start: Offset
    end: Seconds
    level: SoundLevel | None = None


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What was read off a video. `frames` counts packets; `end` is where the picture ends, `duration` where both end.

    `declared` is the length the header claims (0 where it claims none): a header can lie, packets can't. `hidden`:
    packets that a player skips (edit lists). `key_interval`: the longest time between two key frames. `gaps`: places
    where frames are missing. `open_keys`: key frames that one can't cut at (of H.264 in MP4; elsewhere it says
    nothing). `bit_rate`: bits a second of the picture's packets. `crop`: width and height, upright, of what is picture
    and not edge (clean aperture), about the middle. `fields`: as they are in truth; `flagged_fields`: as flagged.
    `sounds`: how many audio streams. `others`: streams that are neither, and chapters.
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


@dataclass(frozen=True, slots=True)
class Sample:
    """One analysed frame. luma, contrast, motion: 0–255; sharpness: variance of the Laplacian; loudness: LKFS.

    `shake`: how far a frame jerks, in per cent of its width, the mean. `faces`: how many; `face`: the largest one's
    height, of the frame's, and `face_x` its middle, of the frame's width. `colours`: of three by two parts, blue,
    green and red, a hexadecimal digit each.
    """

    luma: float
    contrast: float
    sharpness: float
    motion: float
    shake: float
    faces: int
    face: float
    face_x: float
    colours: str
    loudness: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """One row a step in time: sample `i` is the frame at `i * step` seconds of the master.

    `shots`: when new ones begin; `transitions`: from when to when one goes over into another. `speech`: from when to
    when somebody speaks; `sounds`: when something is suddenly heard.
    """

    step: Fraction
    samples: tuple[Sample, ...]
    shots: tuple[Fraction, ...]
    transitions: tuple[Span, ...]
    speech: tuple[Span, ...]
    sounds: tuple[Fraction, ...] = ()


Share = Annotated[float, Interval(ge=0, le=1)]


@dataclass(frozen=True, slots=True)
class Look:
    """How a photo looks, measured on a small copy of it, upright.

    `print`: 64 bits of perceptual hash in hex. `sharpness`: of its sharpest parts, variance of the Laplacian. `luma`:
    the mean, 0–255. `dark`, `bright`: share of pixels without drawing. `flat`: share of neighbours that are exactly
    equal, as only drawn pictures have them. `lattice`: how far a regular pattern stands out, as that of a screen.
    """

    print: Annotated[str, MaxLen(16)]
    sharpness: Annotated[float, Interval(ge=0, le=1e6)]
    luma: Annotated[float, Interval(ge=0, le=255)]
    dark: Share
    bright: Share
    flat: Share
    lattice: Annotated[float, Interval(ge=0, le=1e6)]


@dataclass(frozen=True, slots=True)
class Cut:
    """A highlight, explained. Start and end are frames (or the end) of the master; reasons in Chinese; gain in dB."""

    start: Seconds
    end: Seconds
    score: Annotated[float, Interval(ge=-1e6, le=1e6)]
    reasons: Annotated[tuple[Word, ...], MaxLen(20)]
    gain: Annotated[float, Interval(ge=-60, le=60)] = 0.0


@dataclass(frozen=True, slots=True)
class Edit:
    """Everything chosen from one analysis: clips, stills in order of time, which of them is the poster; the reel."""

    cuts: Annotated[tuple[Cut, ...], MaxLen(100)]
    stills: Annotated[tuple[Seconds, ...], MaxLen(100)]
    poster: Seconds
    reel: Annotated[tuple[Cut, ...], MaxLen(1000)] = ()


@dataclass(frozen=True, slots=True)
class Caption:
    """A card that was drawn: the `picture` it lies in, shown from `begins` seconds on for `seconds` (None: to the end).

    `whole`: nothing of its words had to be left out.
    """

    picture: Word
    begins: Count
    seconds: Count | None
    whole: bool


@dataclass(frozen=True, slots=True)
class Artifact:
    """A rendered and verified file. `sha256` in hex, `size` in bytes, `duration` in seconds."""

    name: str
    role: Role
    media_type: str
    sha256: str
    size: int
    width: int | None = None
    height: int | None = None
    duration: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about one publication; its presence in the store is "done". Kept for the reviewer, years on.

    `level`: the master's sound as it came out; what it was before is in the facts. `look`: a photo's.
    """

    schema: Literal[1]
    campaign: str
    original: Original
    recipe: str
    facts: Facts
    plan: Plan
    artifacts: tuple[Artifact, ...]
    findings: tuple[Finding, ...]
    cuts: tuple[Cut, ...] = ()
    reel: tuple[Cut, ...] = ()
    level: SoundLevel | None = None
    look: Look | None = None
    made_at: str = ""
