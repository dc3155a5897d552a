"""Measure what each kind of work takes on these machines, for estimates of what other work will take.

Kinds, each with its unit: `film`, a second of film encoded; `remake`, a film of which the master stays; `edition`, a
second of film that channels' films show; `photo`, a photo; `anew`, all else of a job that is made from its original;
`again`, all else of a job that is made from what stands.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from pipelines.domain.model import Plan, VideoPlan
from pipelines.sandbox.forked import SERVER
from storage.tallies import Tally

WorkKind = Literal["film", "remake", "edition", "photo", "anew", "again"]
CPU, RUN, UNITS = "work_cpu_seconds_total", "work_run_seconds_total", "work_units_total"


def unit_of(plan: Plan) -> tuple[WorkKind, float]:
    """Return the kind of work that a plan is, carried out from the original, and its units."""
    return ("film", float(plan.duration)) if isinstance(plan, VideoPlan) else ("photo", 1)


def cpu_seconds() -> float:
    """Return the seconds of CPU that this process, which runs one job at a time, and its ended children have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return SERVER.spent + sum(usage.ru_utime + usage.ru_stime for usage in used)


_BEGUN: set[WorkKind] = set()  # kinds of which this process has done the first work, which loads libraries, too


@dataclass(slots=True)
class WorkMeter:
    """The meter of one job; what is measured inside another measure is not counted in that one, too.

    A process's first work of each kind is not counted.
    """

    counted: dict[Tally, float] = field(default_factory=dict)
    _inner: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])

    @contextmanager
    def measured(self, kind: WorkKind, units: float) -> Iterator[None]:
        """Count the CPU and the time that the block takes, if it ends well."""
        cpu, began = cpu_seconds(), time.monotonic()
        self._inner.append((0.0, 0.0))
        try:
            yield
        except BaseException:
            self._inner.pop()
            raise
        inner_cpu, inner_run = self._inner.pop()
        used, took = cpu_seconds() - cpu, time.monotonic() - began
        outer_cpu, outer_run = self._inner[-1]
        self._inner[-1] = (outer_cpu + used, outer_run + took)
        if kind not in _BEGUN:
            _BEGUN.add(kind)
            return
        for name, amount in (CPU, used - inner_cpu), (RUN, took - inner_run), (UNITS, units):
            key = (name, (("work", kind),))
            self.counted[key] = self.counted.get(key, 0.0) + amount
