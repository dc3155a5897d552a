"""Read a file's facts in a child process: its bytes decide what it is, not its name."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter

from pipelines.domain.errors import Crashed, OutOfMemory, Stalled, ToolFailed
from pipelines.domain.model import AudioFacts, Facts, OutputFacts, Refusal, VideoFacts
from pipelines.domain.refusals import refuse
from pipelines.sandbox import children
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.sandbox.messages import FACTS, TORN
from pipelines.sandbox.process import Alive
from pipelines.tools.ffmpeg.loudness import examine

_FACTS: TypeAdapter[Facts | Refusal] = TypeAdapter(Facts | Refusal)
log = logging.getLogger("footage")

_LIMITS = Limits(memory=3 << 30, wall=600, stall=300, folder=1 << 50)
_LOOKING = replace(_LIMITS, wall=300, stall=300)
_MOST_SOUNDS = 4  # audio streams of one film that are tried
_SILENT = {"hevc", "vp8"}  # codecs whose decoders draw damaged pictures without an error


def probe(path: Path, scratch: Scratch, alive: Alive = lambda: None) -> Facts | Refusal:
    """Return the facts of a file, or the refusal of one that is not footage. The child works in `scratch`."""
    if path.stat().st_size == 0:
        return refuse("empty")
    heard = _heard(_read(path, scratch, alive), path, scratch, alive)
    return _looked_through(heard, path, scratch, alive)


def probe_angle(film: VideoFacts, index: int, path: Path, scratch: Scratch, alive: Alive) -> VideoFacts | Refusal:
    """Return the facts of another picture of this film, with the film's own sound."""
    facts = _looked_through(_read(path, scratch, alive, picture=index), path, scratch, alive)
    if isinstance(facts, Refusal):
        return facts
    if not isinstance(facts, VideoFacts):
        raise ToolFailed(f"stream {index} of a film is no film")
    return replace(facts, sound=film.sound)


def _read(
    path: Path, scratch: Scratch, alive: Alive, without: Sequence[int] = (), picture: int | None = None
) -> Facts | Refusal:
    """Read the facts in a child.

    `without`: indices of audio streams that turned out not to decode. `picture`: index of the video stream, if it is
    not the main one.
    """
    with path.open("rb") as file:
        request = {"descriptors": [file.fileno()], "original": True, "whole": [False], "without": [*without]}
        request["picture"] = picture
        try:
            (facts,) = children.call(
                "probe", request, FACTS, scratch=scratch, inherit=[file.fileno()], limits=_LIMITS, alive=alive
            )
        except OutOfMemory as error:
            log.warning("the reader of a file ran out of memory", extra={"detail": error.detail})
            return refuse("too-complex")
    return _FACTS.validate_python(facts)


def _heard(facts: Facts | Refusal, path: Path, scratch: Scratch, alive: Alive) -> Facts | Refusal:
    """Add the level of the main audio stream that can be decoded, if there is one; at most four are tried."""
    silent: list[int] = []
    while isinstance(facts, VideoFacts) and (sound := facts.sound.audio) and len(silent) < _MOST_SOUNDS:
        try:
            heard = examine(path, sound, scratch, alive)
        except ToolFailed as error:
            log.warning("a sound can't be decoded", extra={"detail": error.detail})
            silent.append(sound.index)
            facts = _read(path, scratch, alive, silent)
        except Stalled as error:
            # A level that can't be measured is no reason to refuse: rendering shows whether the sound decodes.
            log.warning("the sound could not be measured", extra={"detail": error.detail})
            return facts
        else:
            return leveled(facts, heard)
    return facts


def leveled(facts: VideoFacts, audio: AudioFacts) -> VideoFacts:
    """Return the facts with this sound, whose level is measured."""
    return replace(facts, sound=replace(facts.sound, audio=audio))


def _looked_through(facts: Facts | Refusal, path: Path, scratch: Scratch, alive: Alive) -> Facts | Refusal:
    """Add to `torn` the damaged pictures that no decoder reports."""
    if not isinstance(facts, VideoFacts) or facts.coding.codec not in _SILENT or facts.integrity.torn:
        return facts
    with path.open("rb") as file:
        request = {"descriptor": file.fileno(), "stream": facts.index}
        try:
            torn = children.call(
                "unread", request, TORN, scratch=scratch, inherit=[file.fileno()], limits=_LOOKING, alive=alive
            )
        except (ToolFailed, Stalled, Crashed) as error:
            # This is no reason to refuse either.
            log.warning("the pictures could not be looked through", extra={"detail": error.detail})
            return facts
    return replace(facts, integrity=replace(facts.integrity, torn=torn.count, torn_from=torn.first))


def probe_outputs(whole: Mapping[Path, bool], scratch: Scratch, alive: Alive) -> tuple[OutputFacts | Refusal, ...]:
    """Return the facts of our own outputs, in order, read by one child. `whole`: whether to decode all pixels too."""
    files = [path.open("rb") for path in whole]
    try:
        descriptors = [file.fileno() for file in files]
        request = {"descriptors": descriptors, "original": False, "whole": [*whole.values()], "without": []}
        return children.call("probe", request, FACTS, scratch=scratch, inherit=descriptors, limits=_LIMITS, alive=alive)
    finally:
        for file in files:
            file.close()
