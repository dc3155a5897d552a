"""What is written on a picture: templates of the campaign file, filled in, wrapped and shrunk until they fit. Pure.

How wide a word is, only its font knows: whoever lays out brings a measure along.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Field, field_validator

from pipelines.profiles import Margins, Rule, Text

WORDS = ("programme", "unit", "activity", "place", "date", "theme", "county")
SEPARATOR = " · "

Colour = Annotated[str, Field(pattern="^#[0-9a-f]{6}([0-9a-f]{2})?$")]
Measure = Callable[[str, int, int], float]  # text, size in pixels, weight → pixels

_FIELD = re.compile(r"\{(\w+)\}")
_LEADING = 1.36  # of a line's size
_PADDING = 0.7  # of the first line's size, around the words
_ACCENT = 0.18
_STEP = 0.95  # each try is so much smaller than the one before
_LITTLE = 0.8  # so small a line may become before it is better wrapped
_LEGIBLE = 8  # pixels
_BETWEEN = 0.2  # of a line's size, above it, where another one stands there
_NEVER_FIRST = frozenset("·，。、；：！？）》」』】”’％…,.;:!?)]}%")
_NEVER_LAST = frozenset("（《「『【“‘([{")
_TOKENS = re.compile(r"[0-9A-Za-z@#&'’./:_+-]+|\s+|.", re.DOTALL)


class Line(Rule):
    """One line of a template. `size`: of the frame's shorter side; `weight`: of the font, 400 is regular."""

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
    """A card over the picture. `plate`: behind the words, `full`: over the whole frame; `accent`: a bar at its left.

    Shown from `begins` seconds on for `seconds`, without those to the end. `smallest`: how far a line may shrink, as a
    share of its size, before its end is left out; `most_lines`: how many lines one may become.
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


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels: left, top, right, bottom."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Written:
    """One line where it stands: `x`, `y` the top left corner of its row, `size` in pixels."""

    text: str
    x: int
    y: int
    size: int
    weight: int
    colour: str


@dataclass(frozen=True, slots=True)
class Card:
    """A template laid out for one frame. `whole`: nothing had to be left out."""

    frame: tuple[int, int]
    plate: Box
    plate_colour: str
    accent: Box | None
    accent_colour: str
    written: tuple[Written, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class _Block:
    """The rows that one line of a template becomes."""

    rows: tuple[Written, ...]
    whole: bool


def filled(text: str, words: Mapping[str, str]) -> str:
    """A line's text with its words; what is not known falls out together with its separator."""
    parts = (_FIELD.sub(lambda found: words.get(found[1], ""), part).strip() for part in text.split(SEPARATOR))
    return SEPARATOR.join(part for part in parts if part)


def lay_out(
    template: CaptionTemplate, words: Mapping[str, str], frame: tuple[int, int], safe: Margins, measure: Measure
) -> Card | None:
    """The card of this template in this frame, inside its safe area; None where there is nothing to be said."""
    room = _room(frame, safe)
    padding = round(template.lines[0].size * min(frame) * _PADDING)
    width = room.right - room.left - 2 * padding
    blocks = [_rows(line, template, words, frame, width, measure) for line in template.lines]
    rows = [*_stacked([block.rows for block in blocks if block.rows])]
    if not rows:
        return None
    across = max(round(measure(row.text, row.size, row.weight)) for row in rows) + 2 * padding
    down = rows[-1].y + _height(rows[-1].size) + 2 * padding
    box = _placed(template, room, min(across, room.right - room.left), down)
    whole = all(block.whole for block in blocks)
    return Card(
        frame=frame,
        plate=Box(0, 0, *frame) if template.place == "full" else box,
        plate_colour=template.plate,
        accent=_accent(template, box, padding),
        accent_colour=template.accent or "",
        written=tuple(_written(template, rows, box, padding, measure)),
        whole=whole,
    )


def _room(frame: tuple[int, int], safe: Margins) -> Box:
    width, height = frame
    return Box(
        round(width * safe.left),
        round(height * safe.top),
        round(width * (1 - safe.right)),
        round(height * (1 - safe.bottom)),
    )


def _height(size: int) -> int:
    return round(size * _LEADING)


def _rows(
    line: Line,
    template: CaptionTemplate,
    words: Mapping[str, str],
    frame: tuple[int, int],
    width: int,
    measure: Measure,
) -> _Block:
    """As large as it fits in; where its rows stand is not known yet."""
    text = filled(line.text, words)
    if not text:
        return _Block((), whole=True)
    size, rows, whole = fitted(text, round(line.size * min(frame)), line.weight, width, template, measure)
    return _Block(tuple(Written(row, 0, 0, size, line.weight, line.colour) for row in rows), whole)


def _stacked(blocks: Sequence[Sequence[Written]]) -> Iterator[Written]:
    """One below the other, from 0 on; a little more between two blocks than within one."""
    y = 0
    for number, block in enumerate(blocks):
        y += round(block[0].size * _BETWEEN) if number else 0
        for row in block:
            yield replace(row, y=y)
            y += _height(row.size)


def fitted(
    text: str, size: int, weight: int, width: int, template: CaptionTemplate, measure: Measure
) -> tuple[int, list[str], bool]:
    """The size, and the rows, with which a text fits: rather a little smaller than on one row more; whether all of it.

    At the smallest, its end is left out for an ellipsis.
    """

    def rows_at(tried: int) -> list[str]:
        return wrapped(text, width, lambda part: measure(part, tried, weight))

    least = max(_LEGIBLE, round(size * template.smallest))
    little = max(least, round(size * _LITTLE))
    for most in range(1, template.most_lines + 1):
        for tried in _sizes(size, least if most == template.most_lines else little):
            if len(rows := rows_at(tried)) <= most:
                return tried, rows, True
    rows = _shortened(rows_at(least), template.most_lines, width, lambda part: measure(part, least, weight))
    return least, rows, False


def _sizes(first: int, last: int) -> Iterator[int]:
    """Falling, both among them."""
    size = first
    while size > last:
        yield size
        size = max(last, min(size - 1, round(size * _STEP)))
    yield last


def _shortened(rows: Sequence[str], most: int, width: int, wide: Callable[[str], float]) -> list[str]:
    last = rows[most - 1]
    while last and wide(last + "…") > width:
        last = last[:-1]
    return [*rows[: most - 1], last + "…"]


def wrapped(text: str, width: int, wide: Callable[[str], float]) -> list[str]:
    """As few rows as it takes, about equally long; Latin words and numbers stay whole where they can."""
    tokens = [*_tokens(text, width, wide)]
    rows = _filled_rows(tokens, width, wide)
    low, high = width // 2, width
    while len(rows) > 1 and low < high:
        middle = (low + high) // 2
        narrower = _filled_rows(tokens, middle, wide)
        if len(narrower) > len(rows) or any(wide(row) > middle for row in narrower):
            low = middle + 1
        else:
            high = middle
    return rows if len(rows) == 1 else _filled_rows(tokens, high, wide)


def _filled_rows(tokens: Sequence[str], width: int, wide: Callable[[str], float]) -> list[str]:
    rows, row = [], ""
    for token in tokens:
        if row and wide((row + token).rstrip()) > width:
            rows.append(row)
            row = ""
        row += token
    trimmed = (row.strip().removeprefix("·").removesuffix("·").strip() for row in [*rows, row])
    return [row for row in trimmed if row]


def _tokens(text: str, width: int, wide: Callable[[str], float]) -> Iterator[str]:
    """What is not torn apart: words, and signs with what they stand beside."""
    held = ""
    for token in _TOKENS.findall(text):
        if held and token[0] not in _NEVER_FIRST and held[-1] not in _NEVER_LAST:
            yield held
            held = ""
        if wide(held + token) > width:
            yield from held + token
            held = ""
        else:
            held += token
    if held:
        yield held


def _placed(template: CaptionTemplate, room: Box, across: int, down: int) -> Box:
    centred = template.align == "centre" or template.place == "full"
    left = room.left + (room.right - room.left - across) // 2 if centred else room.left
    top = {
        "upper": room.top,
        "lower": max(room.top, room.bottom - down),
        "centre": room.top + max(0, room.bottom - room.top - down) // 2,
        "full": room.top + max(0, room.bottom - room.top - down) // 2,
    }[template.place]
    return Box(left, top, left + across, top + down)


def _accent(template: CaptionTemplate, box: Box, padding: int) -> Box | None:
    if template.accent is None:
        return None
    return Box(box.left, box.top, box.left + max(2, round(padding * _ACCENT)), box.bottom)


def _written(
    template: CaptionTemplate, rows: Sequence[Written], box: Box, padding: int, measure: Measure
) -> Iterator[Written]:
    for row in rows:
        free = box.right - box.left - 2 * padding - round(measure(row.text, row.size, row.weight))
        x = box.left + padding + (max(0, free) // 2 if template.align == "centre" else 0)
        yield replace(row, x=x, y=box.top + padding + row.y)
