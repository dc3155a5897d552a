"""Estimate the resources that a job takes of its machine, and tell whether they fit beside those promised to others.

Memory by measurement (bench.memory): one film of 1080p takes 600 MB at any length; a decoder and its threads
hold a dozen frames of the original; a photo is held three times over. This module does no I/O.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil

from pipelines.domain.model import Facts, Plan, VideoFacts, VideoPlan

_FILM_BASE, _FILM_FRAMES = 560 << 20, 14
_PHOTO_BASE, _PHOTO_BYTES_A_PIXEL = 200 << 20, 12
_COPYING = 300 << 20
_BYTES_A_PIXEL = 3  # 4:2:0 of ten bits
_ONE_CORE = 126_000_000  # pixels a second of one core: two films of full HD may share two cores, two of 4K may not


@dataclass(frozen=True, slots=True)
class Needs:
    """The resources that a job takes of its machine.

    `disk` and `memory` in bytes. `cores` is a weight; it is zero for a job that takes only a moment.
    """

    disk: int
    memory: int = 200 << 20
    cores: int = 0

    def row(self) -> dict[str, int]:
        """Return the needs as the ledger keeps them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Machine:
    """The resources of a machine.

    `disk`: bytes that may still be written. `memory` in bytes and `cores` of the whole machine.
    """

    disk: int
    memory: int
    cores: int


def needs_of(plan: Plan, facts: Facts, size: int) -> Needs:
    """Return the needs of a job whose original has `size` bytes, with everything that it writes."""
    pixels = facts.width * facts.height
    if not isinstance(plan, VideoPlan) or not isinstance(facts, VideoFacts):
        return Needs(size + plan.scratch, _PHOTO_BASE + pixels * _PHOTO_BYTES_A_PIXEL)
    frames = _FILM_FRAMES * pixels * _BYTES_A_PIXEL
    if "picture" in plan.copied:
        return Needs(size + plan.scratch, _COPYING + frames, 1)
    return Needs(size + plan.scratch, _FILM_BASE + frames, max(1, ceil(pixels * facts.frame_rate / _ONE_CORE)))


def fits(needs: Needs, others: Sequence[Needs], machine: Machine) -> bool:
    """Tell whether a job fits on a machine beside the needs of the others.

    A film on a machine that makes no other film needs only the disk, and so does another job on an idle machine:
    otherwise a job larger than the machine would never get its turn.
    """
    disk, memory, cores = (sum(getattr(each, of) for each in (needs, *others)) for of in ("disk", "memory", "cores"))
    alone = not any(other.cores for other in others) if needs.cores else not others
    enough = memory <= machine.memory and (cores <= machine.cores or not needs.cores)
    return disk <= machine.disk and (alone or enough)
