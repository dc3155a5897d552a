"""Define the types that values are made of: roles and other words, and bounded numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from annotated_types import Interval, MaxLen

Severity = Literal["info", "warning", "reject"]
Scope = Literal["original", "publication", "edition"]
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
    "angle",
]
MAIN: frozenset[Role] = frozenset({"master", "photo"})  # the output that a reviewer is shown the compliance of
MediaKind = Literal["video", "photo"]
Copied = Literal["picture", "sound"]
Gate = Literal["stream", "decode"]
Private = Literal["place", "device", "owner", "notes"]

# A child's answers are checked against these bounds: a hostile file may have taken the child over.
MOST_PIXELS = 1 << 20  # of a side
Pixels = Annotated[int, Interval(ge=1, le=MOST_PIXELS)]
Count = Annotated[int, Interval(ge=0, le=1 << 40)]
Word = Annotated[str, MaxLen(80)]
Seconds = Annotated[Fraction, Interval(ge=0, le=10**7)]
Offset = Annotated[Fraction, Interval(ge=-(10**7), le=10**7)]
Rate = Annotated[Fraction, Interval(gt=0, le=10**6)]
Level = Annotated[float, Interval(ge=-200, le=100)]
Span = tuple[Fraction, Fraction]  # seconds: from, until before
Fields = Literal["progressive", "tff", "bff"]
Share = Annotated[float, Interval(ge=0, le=1)]
