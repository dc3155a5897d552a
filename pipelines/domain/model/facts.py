"""Define submissions, findings, and the facts that are read from photos and texts; films have a module of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypedDict

from annotated_types import Interval

from pipelines.domain.model.film_facts import VideoFacts
from pipelines.domain.model.terms import (
    Count,
    Pixels,
    Private,
    Scope,
    Severity,
    Word,
)


class Said(TypedDict, total=False):
    """The optional fields of a Submission, for callers that pass them on; mypy refuses a misspelt one."""

    unit: str
    activity: str
    place: str
    date: date | None
    pair: str
    side: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A field unit's description of a file. `name` is data: shown, never used as a path or an option.

    `pair`: the unit's own name for a place that is shown twice. `side`: before or after the work there.
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
    """The bytes as received. `sha256` in hex, `size` in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation about the original or an output. Its sentence is in :mod:`pipelines.domain.wording`.

    `output`: the name of the output, empty for the original. `scope`: what the finding is on; a finding on a derived
    publication is dropped at the next edit.
    """

    code: str
    severity: Severity
    expected: str = ""
    actual: str = ""
    output: str = ""
    scope: Scope = "original"


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """The facts of a picture; width and height are upright. `frames` > 1 for an animation.

    `coding`: of a JPEG (baseline, extended, progressive), else empty. `colour`: srgb where the values are sRGB, hdr
    for PQ and HLG, unknown for CMYK without a profile, else other. `size` in bytes. `taken`, `zone`: the camera's
    clock, as in EXIF. `satellites`: UTC, by GPS. `unit`: width and height in pixels of a JPEG's minimum coded unit
    (MCU), else zeros. `missing`: bytes that a HEIF or AVIF declares beyond its end.
    """

    kind: Literal["photo"]
    format: Word
    width: Pixels
    height: Pixels
    orientation: Annotated[int, Interval(ge=0, le=65_535)]
    mode: Word
    frames: Count
    coding: Word
    colour: Literal["srgb", "hdr", "other", "unknown"]
    size: Count
    taken: Word = ""
    zone: Word = ""
    satellites: Word = ""
    private: tuple[Private, ...] = ()
    unit: tuple[Count, Count] = (0, 0)
    missing: Count = 0


@dataclass(frozen=True, slots=True)
class TextFacts:
    """The facts of a WebVTT file. `cues`: their number."""

    kind: Literal["text"]
    cues: Count


Facts = VideoFacts | ImageFacts
OutputFacts = VideoFacts | ImageFacts | TextFacts


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reason why a file is refused."""

    kind: Literal["refusal"]
    finding: Finding
