"""Define the caption templates of the campaign file, and fill their lines with the words of a submission."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator

from pipelines.domain.profiles import Rule, Text

WORDS = ("programme", "unit", "activity", "place", "date", "theme", "county")
SEPARATOR = " · "

Colour = Annotated[str, Field(pattern="^#[0-9a-f]{6}([0-9a-f]{2})?$")]

_FIELD = re.compile(r"\{(\w+)\}")


class Line(Rule):
    """One line of a template. `size`: share of the frame's shorter side; `weight`: of the font, 400 is regular."""

    text: Text
    size: Annotated[float, Field(ge=0.01, le=0.3)]
    weight: Annotated[int, Field(ge=100, le=900)] = 500
    colour: Colour = "#ffffff"

    @field_validator("text")
    @classmethod
    def _known_words(cls, value: str) -> str:
        unknown = [name for name in _FIELD.findall(value) if name not in WORDS]
        if unknown:
            raise ValueError(f"unknown word {unknown[0]!r}; there are: {', '.join(WORDS)}")
        return value


class CaptionTemplate(Rule):
    """A card over the picture.

    `plate`: the colour behind the words; with the place `full` it covers the whole frame. `accent`: a bar at its left.
    The card is shown from `begins` seconds on for `seconds`, or to the end where these are not given. `smallest`: how
    far a line may shrink, as a share of its size, before its end is left out. `most_lines`: how many lines one may
    become.
    """

    name: Text
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=6)]
    place: Literal["full", "lower", "upper", "centre"]
    align: Literal["left", "centre"]
    plate: Colour
    accent: Colour | None = None
    begins: Annotated[int, Field(ge=0)] = 0
    seconds: Annotated[int, Field(ge=1)] | None = None
    smallest: Annotated[float, Field(gt=0, le=1)] = 0.6
    most_lines: Annotated[int, Field(ge=1, le=4)] = 2


def filled(text: str, words: Mapping[str, str]) -> str:
    """Return a line's text with its words filled in; an unknown word is left out together with its separator."""
    parts = (_FIELD.sub(lambda found: words.get(found[1], ""), part).strip() for part in text.split(SEPARATOR))
    return SEPARATOR.join(part for part in parts if part)
