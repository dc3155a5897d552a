"""What was seen and heard of footage, and what was chosen from it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from annotated_types import Interval, MaxLen

from pipelines.domain.model.terms import Count, Seconds, Share, Span, Word


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


@dataclass(frozen=True, slots=True)
class Given:
    """What the one decode of the original gave out: how many `frames`, and when the last of them ends, in seconds."""

    frames: int
    end: Fraction


@dataclass(frozen=True, slots=True)
class PhotoQuality:
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
