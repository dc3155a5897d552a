"""Call one of our own tools on untrusted bytes, in a child process of its own.

A decoder that crashes, hangs or eats memory takes only the child with it. The request goes in as JSON, the reply
comes out as JSON, the file goes in as an open descriptor, never as a name.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from pipelines.errors import ToolFailed
from pipelines.process import Alive, Limits, run

Reply = TypeVar("Reply")

_MOST = 64 << 20  # bytes of reply; the analysis of a six-hour film is under 20 MB


def call(
    tool: str,
    request: dict[str, Any],
    reply: TypeAdapter[Reply],
    *,
    folder: Path,
    inherit: Sequence[int] = (),
    limits: Limits | None = None,
    alive: Alive = lambda: None,
) -> Reply:
    """Run `pipelines.child` with this tool and return its reply. Raises ToolFailed where there is none."""
    answer = bytearray()

    def collect(data: bytes) -> bool:
        answer.extend(data)
        if len(answer) > _MOST:
            raise ToolFailed(f"{tool}: reply over {_MOST} bytes")
        return True

    ended = run(
        [sys.executable, "-I", "-m", "pipelines.child", tool],
        cwd=folder,
        limits=limits or Limits(),
        stdout=collect,
        inherit=inherit,
        stdin=json.dumps(request).encode(),
        alive=alive,
    )
    if ended.status != 0:
        raise ToolFailed(f"{tool}: exit status {ended.status}: {ended.stderr[-800:]}")
    return reply.validate_json(bytes(answer))
