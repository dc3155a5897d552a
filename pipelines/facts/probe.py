"""File → Facts, read by a child process: what a file is, is decided from its bytes, not from its name."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter

from pipelines.children import sandbox
from pipelines.children.limits import Limits, Scratch
from pipelines.children.messages import COUNT, FACTS
from pipelines.children.process import Alive
from pipelines.errors import Stalled, ToolFailed
from pipelines.facts.hearing import hear
from pipelines.facts.probing import refuse
from pipelines.model import Facts, OutputFacts, Refusal, VideoFacts

_FACTS: TypeAdapter[Facts | Refusal] = TypeAdapter(Facts | Refusal)
log = logging.getLogger("footage")

_LIMITS = Limits(memory=3 << 30, wall=600, stall=300, folder=1 << 50)
_LOOKING = replace(_LIMITS, wall=300, stall=300)
_SILENT = {"hevc"}  # codecs whose decoders draw what is broken and say nothing


def probe(path: Path, scratch: Scratch, alive: Alive = lambda: None) -> Facts | Refusal:
    """What this file is, or why it is not footage. The child works in `scratch`."""
    if path.stat().st_size == 0:
        return refuse("empty")
    with path.open("rb") as file:
        request = {"descriptors": [file.fileno()], "original": True, "whole": [False]}
        try:
            (facts,) = sandbox.call(
                "probe", request, FACTS, scratch=scratch, inherit=[file.fileno()], limits=_LIMITS, alive=alive
            )
        except (ToolFailed, Stalled) as error:
            # A file that kills its reader can't be read: that is a true reason, and the log has the other one.
            log.warning("the reader of a file failed", extra={"detail": error.detail})
            return refuse("unreadable", "读取中断")
    return _looked_through(_heard(_FACTS.validate_python(facts), path, scratch, alive), path, scratch, alive)


def _heard(facts: Facts | Refusal, path: Path, scratch: Scratch, alive: Alive) -> Facts | Refusal:
    """With the level of the sound, where there is any."""
    if not isinstance(facts, VideoFacts) or facts.audio is None:
        return facts
    try:
        level = hear(path, facts.audio.index, scratch, alive)
    except (ToolFailed, Stalled) as error:
        # A level that can't be measured is no reason to refuse: whether the sound decodes, the one decode tells.
        log.warning("the sound could not be measured", extra={"detail": error.detail})
        return facts
    return replace(facts, audio=replace(facts.audio, level=level))


def _looked_through(facts: Facts | Refusal, path: Path, scratch: Scratch, alive: Alive) -> Facts | Refusal:
    """With those pictures counted, too, whose damage no decoder tells."""
    if not isinstance(facts, VideoFacts) or facts.codec not in _SILENT or facts.torn:
        return facts
    with path.open("rb") as file:
        request = {"descriptor": file.fileno(), "stream": facts.index}
        try:
            torn = sandbox.call(
                "unread", request, COUNT, scratch=scratch, inherit=[file.fileno()], limits=_LOOKING, alive=alive
            )
        except (ToolFailed, Stalled) as error:
            # Nor is this a reason to refuse.
            log.warning("the pictures could not be looked through", extra={"detail": error.detail})
            return facts
    return replace(facts, torn=facts.torn + torn)


def probe_outputs(whole: Mapping[Path, bool], scratch: Scratch, alive: Alive) -> tuple[OutputFacts | Refusal, ...]:
    """Facts of our own outputs, one child for all of them, in the same order. `whole`: whose pixels to decode too."""
    files = [path.open("rb") for path in whole]
    try:
        descriptors = [file.fileno() for file in files]
        request = {"descriptors": descriptors, "original": False, "whole": [*whole.values()]}
        return sandbox.call("probe", request, FACTS, scratch=scratch, inherit=descriptors, limits=_LIMITS, alive=alive)
    finally:
        for file in files:
            file.close()
