"""What our own processes wrote of themselves: how often they met what, and anything that nobody thought of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

_CODE = re.compile(r'"code": "([a-z-]+)"')
_UNEXPECTED = ("Traceback", "unexpected error", '"code": "internal"')
# To dramatiq a Redis that doesn't answer in time is no lost connection: it tells of it like this, and goes on.
_QUEUE_AWAY = ("Consumer encountered an unexpected error", "Unhandled error during post_process_message")
_TIMED_OUT = "redis.exceptions.TimeoutError"


def codes(home: Path) -> Counter[str]:
    """Lines by the error's code."""
    return Counter(code for line in _lines(home) for code in _CODE.findall(line)[:1])


def unexpected(home: Path) -> list[str]:
    """Lines that tell of a bug: an exception that is not one of ours."""
    return [f"{line[:300]} … {line[-300:]}" for line in _lines(home) if _is_unexpected(line)]


def _is_unexpected(line: str) -> bool:
    if _TIMED_OUT in line and any(words in line for words in _QUEUE_AWAY):
        return False
    return any(words in line for words in _UNEXPECTED)


def _lines(home: Path) -> Iterator[str]:
    for path in sorted(home.glob("*.log")):
        with path.open(encoding="utf-8", errors="replace") as file:
            yield from file
