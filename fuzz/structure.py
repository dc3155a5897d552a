"""Bytes as changes to a right document: so that the fuzzer gets past the first syntax error to what is behind it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

_ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1, 2**31, 2**63, 2**64, 10**400, 0.0, -0.0, 1e308, float("inf"), float("nan"), 0.1),
    *(
        "",
        " ",
        "\0",
        "\ud800",
        "\u202e",
        "x" * 5000,
        "1/0",
        "nan",
        "1e999999999",
        "../..",
        "2020-02-30",
        "{0.__class__}",
    ),
    *([], {}, [[]], {"": {}}, {"kind": "video"}, [None] * 50),
)


def changed(document: Any, data: bytes) -> Any:
    """A copy of `document` with up to eight values replaced, removed or exchanged, as the bytes say."""
    document = copy.deepcopy(document)
    steps = iter(data[:256])
    for _ in range(1 + _next(steps) % 8):
        document = _change(document, steps)
    return document


def _change(document: Any, steps: Iterator[int]) -> Any:
    places = list(_places(document))
    if not places:
        return document
    holder, key = places[(_next(steps) << 8 | _next(steps)) % len(places)]
    how, which = _next(steps) % 4, _next(steps)
    if how == 0:
        del holder[key]
    elif how == 1 and isinstance(holder[key], int | float):
        holder[key] += which - 128
    elif how == 2:
        other, name = places[which % len(places)]
        holder[key] = copy.deepcopy(other[name])
    else:
        holder[key] = copy.deepcopy(_ODD[which % len(_ODD)])
    return document


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in the tree that holds a value: its container and its key."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from _places(inner)


def _next(steps: Iterator[int]) -> int:
    return next(steps, 0)
