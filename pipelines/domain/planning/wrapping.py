"""A line of Chinese, or of anything, broken into rows and shrunk until it fits. Pure.

How wide a word is, only its font knows: whoever lays out brings a measure along.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from pipelines.domain.captions import CaptionTemplate

Measure = Callable[[str, int, int], float]  # text, size in pixels, weight → pixels

_STEP = 0.95  # each try is so much smaller than the one before
_LITTLE = 0.8  # so small a line may become before it is better wrapped
_LEGIBLE = 8  # pixels
_NEVER_FIRST = frozenset("·，。、；：！？）》」』】”’％…,.;:!?)]}%")
_NEVER_LAST = frozenset("（《「『【“‘([{")
_TOKENS = re.compile(r"[0-9A-Za-z@#&'’./:_+-]+|\s+|.", re.DOTALL)


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
