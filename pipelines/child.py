"""The other side of :mod:`pipelines.sandbox`: `python -m pipelines.child TOOL`, JSON in, JSON out, then gone."""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def main() -> None:
    request: dict[str, Any] = json.load(sys.stdin)
    # Libraries print to stdout as they please; only the reply may reach the pipe.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with answer:
        answer.write(_tool(sys.argv[1], request))


def _tool(name: str, request: dict[str, Any]) -> bytes:
    """Imported here one by one: a probe need not load what a photo needs."""
    if name == "probe":
        from pipelines import probing

        return probing.serve(request)
    if name == "still":
        from pipelines import still

        return still.serve(request)
    if name == "edit":
        from pipelines import editing

        return editing.serve(request)
    raise SystemExit(f"no such tool: {name!r}")


if __name__ == "__main__":
    main()
