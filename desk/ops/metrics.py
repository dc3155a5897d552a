"""Export metrics to Prometheus, read from the ledger at every scrape and kept nowhere else.

The names of counters and histograms are in :mod:`pipelines.scheduling.measures`, those of gauges are here;
docs/monitoring.md lists them all. No label names a unit, a file or a job.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import TimeoutError as TooLate
from contextlib import suppress
from itertools import product

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from starlette.responses import Response

from desk.auth.access import Monitoring
from desk.context import Here
from desk.ops.health import PATIENCE, Watch
from pipelines.scheduling.lanes import LANES
from pipelines.scheduling.measures import COUNTERS, HISTOGRAMS, Tally
from pipelines.service import STATES, Monitor
from storage.records import ENDED, FINAL

router = APIRouter(include_in_schema=False)  # the OpenAPI is the portal's

PREFIX = "footage_"

# Each gauge by name: its labels and its help text. "Here" in a help text means the machine of the desk.
GAUGES = {
    "jobs": (("state", "lane"), "Jobs by state and lane; a job whose bytes have not come has no lane yet"),
    "oldest_seconds": (("state", "lane"), "How long the first job that has not ended has been in this state"),
    "workers": (("lanes",), "Live workers, by the lanes they take"),
    "lane_workers": (("lane",), "Live workers that take this lane"),
    "sweeper": ((), "1 where a sweeper is at work"),
    "webhook_sender": ((), "1 where a webhook sender is at work: without one the portal is told nothing"),
    "queue_messages": (("lane",), "Messages that no worker has taken; missing where the queue is away"),
    "callbacks_waiting": ((), "Endings that the portal is still to be told"),
    "reserved_bytes": (("kind",), "Disk and memory promised to running jobs here"),
    "reserved_cores": ((), "Cores promised to running jobs here"),
    "scratch_bytes": ((), "Bytes on disk in scratch folders here"),
    "scratch_free_bytes": ((), "Bytes free on the disk of the scratch folder here"),
}
_KNOWN = {"lane": LANES, "state": tuple(sorted(ENDED))}

Value = tuple[str, tuple[str, ...], float]  # name of the gauge, values of its labels, value


@router.get("/metrics")
def metrics(request: Request, here: Here, _key: Monitoring) -> Response:
    """Answer with all metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(Measured(here.service.monitor, request.app.state.watch))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class Measured(Collector):
    """A collector of the metrics from the ledger and from this machine's disk."""

    def __init__(self, monitor: Monitor, watch: Watch) -> None:
        self._monitor, self._watch = monitor, watch

    def collect(self) -> Iterable[Metric]:
        tallies = self._monitor.tallies()
        yield from counters(tallies)
        yield from histograms(tallies)
        yield from gauges([*standing(self._monitor), *_messages(self._watch)])


def counters(tallies: Mapping[Tally, float]) -> Iterator[Metric]:
    """Yield the counters.

    Those whose label values are known beforehand start at zero: Prometheus sees no rise if the first value is not zero.
    """
    for name, (labels, said) in COUNTERS.items():
        family = CounterMetricFamily(PREFIX + name, said, labels=labels)
        known = all(label in _KNOWN for label in labels)
        amounts = dict.fromkeys(product(*(_KNOWN[label] for label in labels)) if known else (), 0.0)
        for values, amount in (amounts | _of(name, labels, tallies)).items():
            family.add_metric(values, amount)
        yield family


def histograms(tallies: Mapping[Tally, float]) -> Iterator[Metric]:
    """Yield the histograms by lane. The ledger has no row for an empty bucket; it is exported as zero."""
    for name, (bounds, said) in HISTOGRAMS.items():
        family = HistogramMetricFamily(PREFIX + name, said, labels=["lane"])
        found = _of(f"{name}_bucket", ("lane", "le"), tallies)
        sums = _of(f"{name}_sum", ("lane",), tallies)
        for lane in LANES:
            buckets = [(str(bound), found.get((lane, str(bound)), 0.0)) for bound in (*bounds, "+Inf")]
            family.add_metric([lane], buckets, sums.get((lane,), 0.0))
        yield family


def _of(name: str, labels: tuple[str, ...], tallies: Mapping[Tally, float]) -> dict[tuple[str, ...], float]:
    """Return the tallies of one name by the values of these labels."""
    named = ((dict(pairs), amount) for (tally, pairs), amount in tallies.items() if tally == name)
    return {tuple(pairs.get(label, "") for label in labels): amount for pairs, amount in named}


def gauges(values: Iterable[Value]) -> Iterator[Metric]:
    """Return all gauges, including those without a value."""
    families = {name: GaugeMetricFamily(PREFIX + name, said, labels=labels) for name, (labels, said) in GAUGES.items()}
    for name, labels, value in values:
        families[name].add_metric(labels, value)
    return iter(families.values())


def standing(monitor: Monitor) -> Iterator[Value]:
    """Yield the gauge values from the monitor. Raises StoreError or Outage if the ledger is away."""
    yield from _jobs(monitor)
    yield from _workers(monitor.workers())
    yield from ((name, (), float(monitor.is_at_work(name))) for name in ("sweeper", "webhook_sender"))
    yield "callbacks_waiting", (), float(monitor.unsent_webhooks())
    yield from _reserved(monitor)
    yield from _scratch(monitor)


def _jobs(monitor: Monitor) -> Iterator[Value]:
    counts = monitor.counts()
    numbers = dict.fromkeys(product(STATES, LANES), 0) | {(state, lane): n for state, lane, n, _ in counts}
    yield from (("jobs", pair, number) for pair, number in numbers.items())
    yield from (("oldest_seconds", (state, lane), age) for state, lane, _, age in counts if state not in FINAL)


def _workers(workers: list[list[str]]) -> Iterator[Value]:
    alike = Counter(",".join(lanes) for lanes in workers)
    yield from (("workers", (lanes,), number) for lanes, number in alike.items())
    yield from (("lane_workers", (lane,), sum(lane in lanes for lanes in workers)) for lane in LANES)


def _reserved(monitor: Monitor) -> Iterator[Value]:
    promised = monitor.promised()
    for kind in ("disk", "memory"):
        yield "reserved_bytes", (kind,), sum(needs.get(kind, 0) for needs in promised)
    yield "reserved_cores", (), sum(needs.get("cores", 0) for needs in promised)


def _scratch(monitor: Monitor) -> Iterator[Value]:
    with suppress(OSError):
        free, written = monitor.scratch()
        yield "scratch_free_bytes", (), free
        yield "scratch_bytes", (), written


def _messages(watch: Watch) -> Iterator[Value]:
    with suppress(TooLate):
        yield from (("queue_messages", (lane,), n) for lane, n in watch.waiting.ask().result(PATIENCE).items())
