"""Make texts fit for both databases."""

from __future__ import annotations

import re
from typing import TypeVar

_Value = TypeVar("_Value")


def storable(value: _Value) -> _Value | str:
    """Return a text without the characters that a database can't store; any other value as it is."""
    return re.sub("[\0\ud800-\udfff]", "\ufffd", value) if isinstance(value, str) else value
