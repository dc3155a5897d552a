"""Lay out a caption's card for one frame: its plate and its rows, inside the safe area."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipelines.domain.captions import CaptionTemplate, Line, filled
from pipelines.domain.planning.wrapping import Measure, fitted
from pipelines.domain.profiles import Margins

_LEADING = 1.36  # height of a row, of the line's size
_PADDING = 0.7  # around the words, of the first line's size
_ACCENT = 0.18  # width of the accent bar, of the padding
_BETWEEN = 0.2  # extra space between two lines, of the lower one's size


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, by its edges in pixels."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Written:
    """One row of text. `x`, `y`: the top left corner in pixels; `size`: pixels."""

    text: str
    x: int
    y: int
    size: int
    weight: int
    colour: str


@dataclass(frozen=True, slots=True)
class Card:
    """A template laid out for one frame. `frame`: width and height in pixels; `whole`: no text had to be left out."""

    frame: tuple[int, int]
    plate: Box
    plate_colour: str
    accent: Box | None
    accent_colour: str
    written: tuple[Written, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class _Block:
    """The rows that one line of a template becomes. `whole`: no text had to be left out."""

    rows: tuple[Written, ...]
    whole: bool


def lay_out(
    template: CaptionTemplate, words: Mapping[str, str], frame: tuple[int, int], safe: Margins, measure: Measure
) -> Card | None:
    """Return the template laid out inside the frame's safe area, or None where it has no text to show."""
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
    """Return the safe area of a frame."""
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
    """Return a line's rows in the largest size that fits, all placed at 0, 0."""
    text = filled(line.text, words)
    if not text:
        return _Block((), whole=True)
    size, rows, whole = fitted(text, round(line.size * min(frame)), line.weight, width, template, measure)
    return _Block(tuple(Written(row, 0, 0, size, line.weight, line.colour) for row in rows), whole)


def _stacked(blocks: Sequence[Sequence[Written]]) -> Iterator[Written]:
    """Yield the rows one below the other, from `y` 0 on, with extra space between two blocks."""
    y = 0
    for number, block in enumerate(blocks):
        y += round(block[0].size * _BETWEEN) if number else 0
        for row in block:
            yield replace(row, y=y)
            y += _height(row.size)


def _placed(template: CaptionTemplate, room: Box, across: int, down: int) -> Box:
    """Return the box of the words, `across` by `down` pixels, where the template puts it."""
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
    """Yield the rows at their place in the frame."""
    for row in rows:
        free = box.right - box.left - 2 * padding - round(measure(row.text, row.size, row.weight))
        x = box.left + padding + (max(0, free) // 2 if template.align == "centre" else 0)
        yield replace(row, x=x, y=box.top + padding + row.y)
