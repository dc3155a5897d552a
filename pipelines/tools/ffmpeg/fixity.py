"""Check what a finished file holds: read back the hashes of its streams, or decode every frame."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

from pipelines.domain.errors import ToolFailed
from pipelines.domain.model import SoundLevel
from pipelines.sandbox import children
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.sandbox.process import Alive
from pipelines.tools.ffmpeg import graphs
from pipelines.tools.ffmpeg.loudness import parse_summary
from pipelines.tools.ffmpeg.output import Damage, Kept, ProgressReader, parse_decoded, parse_hashes

_LIMITS = Limits(wall=6 * 3600, stall=3600, cpu=6 * 3600, folder=1 << 50)
_MOST_TEXT = 64 << 10  # bytes


@dataclass(frozen=True, slots=True)
class Read:
    """The result of reading back a master: a hash of each stream's packets, and the level of its sound."""

    hashes: tuple[str, ...]
    level: SoundLevel


def read(path: Path, scratch: Scratch, alive: Alive, known: SoundLevel | None = None) -> Read:
    """Read a master back and return its stream hashes and its loudness. Raises ToolFailed.

    The hashes compare with those that :func:`pipelines.tools.ffmpeg.graphs.arguments` has ffmpeg write while encoding.
    `known`: the level of a sound that was copied, which is then not measured again; the hashes prove the copy.
    """
    told = Kept(_MOST_TEXT)
    command = partial(graphs.reading_arguments, measured=known is None)
    ended = children.run_on(path, command, scratch=scratch, limits=_LIMITS, stdout=told, alive=alive)
    level = known or parse_summary(ended.stderr)
    if ended.status != 0 or level is None:
        raise ToolFailed(f"reading back: exit status {ended.status}: {ended.tail(500)}")
    return Read(tuple(parse_hashes(told.text)), level)


def decode(path: Path, scratch: Scratch, alive: Alive) -> tuple[int, int]:
    """Decode the whole file and count its damaged places and the frames of its picture. Raises ToolFailed."""
    damage = Damage(ProgressReader("verify", Fraction(1), lambda *_: None))
    ended = children.run_on(path, graphs.decode_arguments, scratch=scratch, limits=_LIMITS, stderr=damage, alive=alive)
    decoded = parse_decoded(ended.stderr)
    if ended.status != 0 or 0 not in decoded:
        raise ToolFailed(f"decode: exit status {ended.status}: {ended.tail(500)}")
    return damage.frames + sum(stream.errors for stream in decoded.values()), decoded[0].frames
