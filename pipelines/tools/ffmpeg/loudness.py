"""Measure a file's loudness (ITU-R BS.1770) in a pass over its sound alone, which costs 1/500 of the whole job.

The sound is mixed down to stereo first, because stereo is published and a downmix changes the level.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from pipelines.domain.errors import ToolFailed
from pipelines.domain.model import AudioFacts, SoundLevel
from pipelines.domain.planning.sound import fault_of, in_stereo
from pipelines.sandbox import children
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.sandbox.process import Alive, Consumer
from pipelines.tools.ffmpeg import graphs
from pipelines.tools.ffmpeg.output import SILENCE
from pipelines.tools.sound import ConditionMeter

_LIMITS = Limits(wall=3600, stall=1800, folder=1 << 50)
# Samples at full scale, after the mix to stereo: one channel is spread over two at 3 dB less; of more than two the sum
# may be larger although none is clipped.
_FULL = {1: 0.999 * 0.5**0.5, 2: 0.999}
_SUMMARY = re.compile(r"I:\s+(-?[\d.]+|nan|-?inf) LUFS.*?True peak:\s+Peak:\s+(-?[\d.]+|nan|-?inf) dBFS", re.DOTALL)


def hear(path: Path, audio: AudioFacts, scratch: Scratch, alive: Alive) -> SoundLevel:
    """Measure the level of one audio stream of a file. Raises ToolFailed where it can't be decoded."""
    command = partial(graphs.loudness_arguments, stream=audio.index, mix=in_stereo(audio))
    return _measured(path, command, scratch, alive)


def examine(path: Path, audio: AudioFacts, scratch: Scratch, alive: Alive) -> AudioFacts:
    """Return the sound with its condition, and with its level after the repair that its condition asks for.

    Raises ToolFailed where it can't be decoded.
    """
    command = partial(graphs.loudness_arguments, stream=audio.index, mix=in_stereo(audio), examined=True)
    meter = ConditionMeter(_FULL.get(audio.channels, math.inf))
    level = _measured(path, command, scratch, alive, meter)
    known = replace(audio, level=level, condition=meter.condition)
    return known if fault_of(known) is None else replace(known, level=hear(path, known, scratch, alive))


def _measured(
    path: Path, command: Callable[[int], list[str]], scratch: Scratch, alive: Alive, stdout: Consumer = lambda _: True
) -> SoundLevel:
    """Return the level that ffmpeg prints. Raises ToolFailed where it prints none."""
    ended = children.run_on(path, command, scratch=scratch, limits=_LIMITS, stdout=stdout, alive=alive)
    level = parse_summary(ended.stderr)
    if ended.status != 0 or level is None:
        raise ToolFailed(f"loudness: exit status {ended.status}: {ended.tail(500)}")
    return level


def parse_summary(said: str) -> SoundLevel | None:
    """Parse the summary of ffmpeg's ebur128 filter, or return None where there is none.

    Silence has no peak: ffmpeg prints `nan` or `-inf` for it, which is read as -70.
    """
    found = _SUMMARY.search(said)
    return SoundLevel(_number(found[1]), _number(found[2])) if found else None


def _number(text: str) -> float:
    return SILENCE if "n" in text else max(-200.0, min(100.0, float(text)))
