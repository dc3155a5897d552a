"""The other side of :mod:`pipelines.sandbox.children`: one request, JSON in at stdin, JSON out at stdout.

With the five numbers of :func:`pipelines.sandbox.confine.confine` the child confines itself once its libraries are
loaded and before it has seen a byte of what somebody sent.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from pipelines.sandbox.confine import confine

OUT_OF_MEMORY = 3  # exit status: a decoder, or we, asked for more than the child was given

Tool = Callable[[dict[str, Any]], bytes]

_TOOLS = {
    "probe": "tools.probing",
    "unread": "tools.damage.unread",
    "still": "tools.photo.still",
    "edit": "tools.video.editing",
    "recut": "tools.video.recutting",
    "eyes": "tools.video.blinking",
    "caption": "tools.captions.drawing",
    "pair": "tools.photo.before_after",
    "breakout": "sandbox.breakout",
}
_MODULES = (
    *("tools.probing", "tools.photo.probe_image", "tools.video.probe_video", "tools.damage.unread"),
    *("tools.photo.still", "tools.video.editing"),
)


def load() -> None:
    """Everything a tool may need, before the door is shut; and what a first picture costs more than a second."""
    for name in _MODULES:
        module = import_module(f"pipelines.{name}")
        warm: Callable[[], None] | None = getattr(module, "warm", None)
        if warm:
            warm()


def work(name: str, numbers: Sequence[int]) -> None:
    """Serve the one request. Raises whatever the tool does."""
    serve: Tool = import_module(f"pipelines.{_TOOLS[name]}").serve
    if numbers:
        confine(*numbers)
    request: dict[str, Any] = json.load(sys.stdin)
    # Libraries print to stdout as they please; only the reply may reach the pipe.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with answer:
        answer.write(serve(request))
