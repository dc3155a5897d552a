"""Wrap a line of Chinese or other text into rows, and shrink it until it fits.

Only the font knows a text's width, so the caller passes a measure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from pipelines.domain.captions import CaptionTemplate

Measure = Callable[[str, int, int], float]  # text, size in pixels, weight → pixels

_STEP = 0.95  # factor from one tried size to the next
_LITTLE = 0.8  # factor on a line's size, below which it is wrapped instead
_LEGIBLE = 8  # pixels; the smallest size that can be read
_NEVER_FIRST = frozenset("·，。、；：！？）》」』】”’％…,.;:!?)]}%")
_NEVER_LAST = frozenset("（《「『【“‘([{")
_TOKENS = re.compile(r"[0-9A-Za-z@#&'’./:_+-]+|\s+|.", re.DOTALL)


def fitted(
    text: str, size: int, weight: int, width: int, template: CaptionTemplate, measure: Measure
) -> tuple[int, list[str], bool]:
    """Return the size in pixels and the rows with which a text fits, and whether all of it fits.

    A slightly smaller size is preferred to one more row. Where even the smallest size doesn't fit, an ellipsis replaces
    the end.
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
    """Yield the sizes to try, falling, from `first` to `last`, both included."""
    size = first
    while size > last:
        yield size
        size = max(last, min(size - 1, round(size * _STEP)))
    yield last


def _shortened(rows: Sequence[str], most: int, width: int, wide: Callable[[str], float]) -> list[str]:
    """Return the first `most` rows, the last of them ending in an ellipsis."""
    last = rows[most - 1]
    while last and wide(last + "…") > width:
        last = last[:-1]
    return [*rows[: most - 1], last + "…"]


def wrapped(text: str, width: int, wide: Callable[[str], float]) -> list[str]:
    """Return as few rows as possible, about equally wide; Latin words and numbers stay whole where they can."""
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
    """Return rows that are each filled up to `width`, without separators at their ends."""
    rows, row = [], ""
    for token in tokens:
        if row and wide((row + token).rstrip()) > width:
            rows.append(row)
            row = ""
        row += token
    trimmed = (row.strip().removeprefix("·").removesuffix("·").strip() for row in [*rows, row])
    return [row for row in trimmed if row]


def _tokens(text: str, width: int, wide: Callable[[str], float]) -> Iterator[str]:
    """Yield the parts that are not broken: words, and punctuation with its neighbour."""
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
