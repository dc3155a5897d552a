"""Define the values of analysis, what was seen and heard of footage, and of the selection made from it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from annotated_types import Interval, MaxLen

from pipelines.domain.model.terms import Count, Seconds, Share, Span, Word


@dataclass(frozen=True, slots=True)
class Sample:
    """One analysed frame.

    `luma`, `contrast`, `motion`: 0–255. `sharpness`: variance of the Laplacian. `shake`: how far frames jerk, the
    median in per cent of their width. `faces`: their number. `face`: the largest one's height, as a share of the
    frame's. `face_x`: its middle, as a share of the frame's width. `colours`: blue, green and red of three by two
    parts, a hexadecimal digit each. `loudness`: LKFS. `lost`: the share of the picture without
    detail, burnt out or black. `unsettled`: the share that changes as neither movement nor light explains.
    `drawn`: the share of neighbours that are exactly equal, high in slides and titles.
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
    lost: Share = 0.0
    unsettled: Share = 0.0
    drawn: Share = 0.0


@dataclass(frozen=True, slots=True)
class Analysis:
    """The analysis of a film: sample `i` is the frame at `i * step` seconds of the master.

    All times in seconds. `shots`: when new shots begin. `transitions`: start and end of each gradual transition, such
    as a dissolve. `mixed`: start and end of each stretch in which pictures are made of two of one scene. `built`: of
    each in which a slide is being written. `speech`: start and end of each stretch of speech. `sounds`: when a sudden
    sound is heard.
    """

    step: Fraction
    samples: tuple[Sample, ...]
    shots: tuple[Fraction, ...]
    transitions: tuple[Span, ...]
    speech: tuple[Span, ...]
    sounds: tuple[Fraction, ...] = ()
    mixed: tuple[Span, ...] = ()
    built: tuple[Span, ...] = ()

    @property
    def composed(self) -> tuple[tuple[Span, ...], ...]:
        """Return the lists of stretches in which a picture is a mixture of two, or not yet complete; each is rising."""
        return self.transitions, self.mixed, self.built


@dataclass(frozen=True, slots=True)
class DecoderOutput:
    """The result of the one decode of the original: the number of `frames`, and when the last one ends, in seconds."""

    frames: int
    end: Fraction


@dataclass(frozen=True, slots=True)
class PhotoQuality:
    """The quality of a photo, measured on a small upright copy of it.

    `print`: a perceptual hash, 64 bits in hex. `sharpness`: variance of the Laplacian, of the sharpest parts. `luma`:
    the mean, 0–255. `dark`, `bright`: share of pixels too dark or too bright for detail. `flat`: share of neighbours
    that are exactly equal, high in drawn pictures. `lattice`: how far a regular pattern, as of a screen, stands out.
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
    """A highlight and its reasons, in Chinese.

    `start` and `end`: seconds of the master, at a frame or at its end. `gain`: dB.
    """

    start: Seconds
    end: Seconds
    score: Annotated[float, Interval(ge=-1e6, le=1e6)]
    reasons: Annotated[tuple[Word, ...], MaxLen(20)]
    gain: Annotated[float, Interval(ge=-60, le=60)] = 0.0


@dataclass(frozen=True, slots=True)
class Edit:
    """The selection from one analysis: clips, stills in order of time, the still that is the poster, and the reel."""

    cuts: Annotated[tuple[Cut, ...], MaxLen(100)]
    stills: Annotated[tuple[Seconds, ...], MaxLen(100)]
    poster: Seconds
    reel: Annotated[tuple[Cut, ...], MaxLen(1000)] = ()


@dataclass(frozen=True, slots=True)
class SeenText:
    """A line of text that was read in a picture, `at` seconds of the master; None: in a photo."""

    text: Annotated[str, MaxLen(100)]
    at: Seconds | None = None


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption that was drawn into the file `picture`.

    It is shown from `begins` seconds on for `seconds` (None: to the end). `whole`: no words had to be left out.
    """

    picture: Word
    begins: Count
    seconds: Count | None
    whole: bool
