"""Have documents made in a process of its own, in a folder that holds their data and pictures."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from pipelines.domain.errors import ToolFailed
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.sandbox.process import run

_AT_ONCE = threading.BoundedSemaphore(2)  # each takes up to 200 MiB
_LIMITS = Limits(wall=600, stall=600, folder=2 << 30)


def make_documents(kind: str, folder: Path) -> None:
    """Make the documents of a kind from `data.json` and `pictures` in this folder. Raises ToolFailed, Stalled, Killed.

    The data are ours: the child is limited but not confined.
    """
    with _AT_ONCE:
        _make(kind, folder)


def _make(kind: str, folder: Path) -> None:
    argv = [sys.executable, "-P", "-m", "pipelines.tools.documents", kind]
    ended = run(argv, scratch=Scratch(folder, confined=False), limits=_LIMITS)
    if ended.status:
        raise ToolFailed(f"documents of kind {kind}: {ended.tail(500)}", text="清单没有做成，请稍后再试或联系管理员。")
