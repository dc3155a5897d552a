"""Serve one request inside a child process: JSON in at stdin, JSON out at stdout.

:mod:`pipelines.sandbox.children` is the parent's side. With the five numbers of
:func:`pipelines.sandbox.confine.confine` the child confines itself after its libraries are loaded and before it reads
any untrusted byte.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from pipelines.sandbox.confine import confine

OUT_OF_MEMORY = 3  # exit status: a decoder, or our own code, asked for more memory than the child was given

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
    "words": "tools.ocr.reading",
    "table": "tools.documents.tables",
    "breakout": "sandbox.breakout",
}
_MODULES = (
    *("tools.probing", "tools.photo.probe_image", "tools.video.probe_video", "tools.damage.unread"),
    *("tools.photo.still", "tools.video.editing"),
)


def load() -> None:
    """Import every module that a tool may need, and do the extra work that a first picture costs.

    This is done before a child is confined.
    """
    for name in _MODULES:
        module = import_module(f"pipelines.{name}")
        warm: Callable[[], None] | None = getattr(module, "warm", None)
        if warm:
            warm()


def work(name: str, numbers: Sequence[int]) -> None:
    """Serve the one request of this tool. Raises what the tool raises.

    `numbers`: the arguments of `confine`; none: the child is not confined.
    """
    serve: Tool = import_module(f"pipelines.{_TOOLS[name]}").serve
    if numbers:
        confine(*numbers)
    request: dict[str, Any] = json.load(sys.stdin)
    # Libraries may print to stdout; only the reply may reach the pipe.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with answer:
        answer.write(serve(request))
