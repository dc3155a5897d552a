"""A caption's card laid out for one frame: where its plate is, and each of its rows, inside the safe area. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipelines.domain.captions import CaptionTemplate, Line, filled
from pipelines.domain.planning.wrapping import Measure, fitted
from pipelines.domain.profiles import Margins

_LEADING = 1.36  # of a line's size
_PADDING = 0.7  # of the first line's size, around the words
_ACCENT = 0.18
_BETWEEN = 0.2  # of a line's size, above it, where another one stands there


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
