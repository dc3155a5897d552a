"""Read the words in a publication's pictures, to find it by the words of its banners and signs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from fractions import Fraction

from pipelines.domain.errors import Crashed, Internal, Killed, OutOfMemory, OutOfTime, Stalled, ToolFailed
from pipelines.domain.model import SeenText
from pipelines.sandbox import children
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.sandbox.messages import WORDS
from pipelines.sandbox.process import Alive

log = logging.getLogger("footage")

_SECONDS = 15  # of CPU for one picture; it takes half a second
_FAILURES = (ToolFailed, OutOfTime, OutOfMemory, Internal, Crashed, Killed, Stalled)


def read_words(
    pictures: Sequence[tuple[str, Fraction | None]], scratch: Scratch, alive: Alive, said: dict[str, str]
) -> tuple[SeenText, ...]:
    """Return the words that are read in these JPEG files of the scratch folder, each line once.

    `pictures`: their names, and the seconds of the master that they show. A publication is as good without: where
    reading fails, that is logged with `said`, and no words are returned.
    """
    if not pictures:
        return ()
    request = {"pictures": [name for name, _ in pictures]}
    limits = Limits(cpu=_SECONDS * len(pictures))
    try:
        found = children.call("words", request, WORDS, scratch=scratch, limits=limits, alive=alive)
    except _FAILURES as error:
        log.warning("no words were read", extra={**said, "code": error.code, "detail": error.detail})
        return ()
    read = {line: time for (_, time), lines in reversed([*zip(pictures, found, strict=False)]) for line in lines}
    return tuple(sorted((SeenText(line, time) for line, time in read.items()), key=lambda it: it.at or 0))
