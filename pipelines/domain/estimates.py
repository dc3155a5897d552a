"""Estimate what a batch takes, from rates that were measured on these machines. This module does no I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

_PASSES = 4.0  # seconds: the sweeper looks every two, and the batch begins and ends with a look
_BETWEEN = 0.4  # seconds from one job of a worker to its next, as `bench.batches` finds: claimed, held, entered
_HALVES = 6.0  # steps of CRF that halve the bit rate of x264 (docs/encoding.md)


@dataclass(frozen=True, slots=True)
class Remade:
    """The part of one job that is made again: outputs by role, their bytes, and units of work by kind.

    `unknown`: nothing of it can be read beforehand, so that only making it tells. `unsettled`: what an edit request
    made is cut from another publication than stands.
    """

    roles: Mapping[str, int] = field(default_factory=dict)
    size: int = 0
    units: Mapping[str, float] = field(default_factory=dict)
    unknown: bool = False
    unsettled: bool = False

    @property
    def is_nothing(self) -> bool:
        """Tell whether all that stands would be made alike."""
        return not (self.roles or self.unknown or self.unsettled)


@dataclass(frozen=True, slots=True)
class Rate:
    """The CPU seconds and the seconds that one unit of a kind of work takes."""

    cpu: float
    run: float


@dataclass(frozen=True, slots=True)
class BatchEstimate:
    """The estimate of a batch: jobs, outputs by role, bytes, seconds of CPU, seconds until it is done at this load.

    `unknown`: jobs of which nothing is known beforehand. `unmeasured`: kinds of work that were never measured here.
    """

    jobs: int
    outputs: Mapping[str, int]
    size: int
    cpu: float
    seconds: float
    unknown: int
    unmeasured: tuple[str, ...]


def rates_of(tallies: Mapping[tuple[str, str], float]) -> dict[str, Rate]:
    """Return the rate of each kind of work that was measured. `tallies`: by `cpu`, `run` or `units`, and the kind."""
    kinds = {kind for what, kind in tallies if what == "units" and tallies[what, kind] > 0}
    return {
        kind: Rate(*(tallies.get((what, kind), 0.0) / tallies["units", kind] for what in ("cpu", "run")))
        for kind in kinds
    }


def estimate(
    remade: Sequence[Remade], rates: Mapping[str, Rate], shares: Mapping[str, float], *, waiting: float, rate: int
) -> BatchEstimate:
    """Return the estimate.

    `shares`: by kind of work, the part of all that the workers do at a time that one job takes, under the empty name
    that of any other kind. `waiting`: seconds until the batch has its turn; `rate`: jobs a minute.

    What is made from what stands costs at most what is made anew, if only that was measured.
    """
    units = _summed(one.units for one in remade)
    known = {kind: found for kind in units if (found := rates.get(kind) or rates.get(_OTHERWISE.get(kind, "")))}
    cpu = sum(amount * known[kind].cpu for kind, amount in units.items() if kind in known)
    run = sum(
        amount * known[kind].run * shares.get(kind, shares[""]) for kind, amount in units.items() if kind in known
    )
    seconds = run + waiting + _BETWEEN * len(remade) * shares[""] + (_PASSES if remade else 0.0)
    return BatchEstimate(
        jobs=len(remade),
        outputs={role: round(count) for role, count in sorted(_summed(one.roles for one in remade).items())},
        size=sum(one.size for one in remade),
        cpu=cpu,
        seconds=max(seconds, 60.0 * len(remade) / rate) if rate else seconds,
        unknown=sum(one.unknown for one in remade),
        unmeasured=tuple(sorted(units.keys() - rates.keys())),
    )


_OTHERWISE = {"again": "anew"}


def _summed(counts: Iterable[Mapping[str, float]]) -> Counter[str]:
    whole: Counter[str] = Counter()
    for one in counts:
        for name, amount in one.items():
            whole[name] += amount  # type: ignore[assignment] # a Counter of floats
    return whole


def scaled(size: int, crf: int, wanted: int) -> int:
    """Return the bytes of a film encoded at another CRF."""
    return round(size * 2 ** ((crf - wanted) / _HALVES))
