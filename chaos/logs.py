"""What our own processes wrote of themselves: how often they met what, and anything that nobody thought of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

_CODE = re.compile(r'"code": "([a-z-]+)"')
_UNEXPECTED = ("Traceback", "unexpected error", '"code": "internal"')


def codes(home: Path) -> Counter[str]:
    """Lines by the error's code."""
    return Counter(code for line in _lines(home) for code in _CODE.findall(line)[:1])


def unexpected(home: Path) -> list[str]:
    """Lines that tell of a bug: an exception that is not one of ours."""
    return [line[:2000] for line in _lines(home) if any(words in line for words in _UNEXPECTED)]


def _lines(home: Path) -> Iterator[str]:
    for path in sorted(home.glob("*.log")):
        with path.open(encoding="utf-8", errors="replace") as file:
            yield from file
