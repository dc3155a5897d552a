"""File → Facts, read by a child process: what a file is, is decided from its bytes, not from its name."""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import TypeAdapter

from pipelines import sandbox
from pipelines.errors import Stalled, ToolFailed
from pipelines.model import Facts, OutputFacts, Refusal
from pipelines.probing import refuse
from pipelines.process import Limits, Scratch
from pipelines.replies import FACTS

_FACTS: TypeAdapter[Facts | Refusal] = TypeAdapter(Facts | Refusal)
log = logging.getLogger("footage")

_LIMITS = Limits(memory=3 << 30, wall=600, stall=300)


def probe(path: Path, scratch: Scratch) -> Facts | Refusal:
    """What this file is, or why it is not footage. The child works in `scratch`."""
    if path.stat().st_size == 0:
        return refuse("empty")
    with path.open("rb") as file:
        request = {"descriptors": [file.fileno()], "original": True}
        try:
            (facts,) = sandbox.call("probe", request, FACTS, scratch=scratch, inherit=[file.fileno()], limits=_LIMITS)
        except (ToolFailed, Stalled) as error:
            # A file that kills its reader can't be read: that is a true reason, and the log has the other one.
            log.warning("the reader of a file failed", extra={"detail": error.detail})
            return refuse("unreadable", "读取中断")
    return _FACTS.validate_python(facts)


def probe_outputs(paths: list[Path], scratch: Scratch) -> tuple[OutputFacts | Refusal, ...]:
    """Facts of our own outputs, one child for all of them, in the same order."""
    files = [path.open("rb") for path in paths]
    try:
        descriptors = [file.fileno() for file in files]
        request = {"descriptors": descriptors, "original": False}
        return sandbox.call("probe", request, FACTS, scratch=scratch, inherit=descriptors, limits=_LIMITS)
    finally:
        for file in files:
            file.close()
