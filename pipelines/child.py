"""The other side of :mod:`pipelines.sandbox`: `python -m pipelines.child TOOL`, JSON in, JSON out, then gone.

With the five numbers of :func:`pipelines.confine.confine` after the tool's name, the child confines itself once its
libraries are loaded and before it has seen a byte of what somebody sent.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from pipelines.confine import confine

Tool = Callable[[dict[str, Any]], bytes]

_MODULES = {
    "probe": ("probing", "probe_image", "probe_video"),
    "still": ("still",),
    "edit": ("editing",),
    "breakout": ("breakout",),
}


def main() -> None:
    name, *numbers = sys.argv[1:]
    serve = _tool(name)
    if numbers:
        confine(*map(int, numbers))
    request: dict[str, Any] = json.load(sys.stdin)
    # Libraries print to stdout as they please; only the reply may reach the pipe.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with answer:
        answer.write(serve(request))


def _tool(name: str) -> Tool:
    """A probe need not load what an edit needs; what it may need is loaded before the door is shut."""
    serving, *_ = [import_module(f"pipelines.{module}") for module in _MODULES[name]]
    serve: Tool = serving.serve
    return serve


if __name__ == "__main__":
    main()
