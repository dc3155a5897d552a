"""The desk under twenty clients at once: grid, filters, search and item pages, with thousands of items in the ledger.

`python -m bench.desk`: FOOTAGE_DESK_ITEMS (default 20000, on PostgreSQL; a quarter of that on SQLite),
FOOTAGE_DESK_SECONDS (default 20, for each database). A film is published once; every item is it, under other names.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from storage.ledger import Ledger
from tests.media import clips
from tests.servers.postgres import running_postgres
from tests.up import Machine, running_machine

_ITEMS = int(os.environ.get("FOOTAGE_DESK_ITEMS", "20000"))
_SECONDS = float(os.environ.get("FOOTAGE_DESK_SECONDS", "20"))
_CLIENTS, _PAUSE = 20, 1.0  # mean seconds between an answer and the next question; a person takes longer
_MEDIAN, _LATE, _WEIGHT = 0.120, 0.300, 150 << 10  # seconds, seconds, bytes
_UNITS = ("河婆街道", "龙潭镇", "南山镇", "棉湖镇", "金和镇", "大溪镇", "钱坑镇", "坪上镇")
_WORDS = ("消防演练", "安全宣传", "厂区巡查", "燃气检查", "配电房", "危化品仓库", "应急疏散", "隐患整改")


@dataclass(slots=True)
class Times:
    """Seconds that each kind of page took."""

    of: dict[str, list[float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, seconds: float) -> None:
        with self.lock:
            self.of.setdefault(kind, []).append(seconds)


def main() -> None:
    right = []
    for name, items in (("postgresql", _ITEMS), ("sqlite", _ITEMS // 4)):
        with (
            tempfile.TemporaryDirectory(prefix="footage-desk-") as folder,
            _desk(Path(folder), name) as (machine, address),
        ):
            jobs = _filled(machine, address, items)
            right.append(_asked(machine, jobs, name, items))
    sys.exit(0 if all(right) else 1)


@contextmanager
def _desk(folder: Path, name: str) -> Iterator[tuple[Machine, str]]:
    """Start a machine; yield it with the address of its ledger."""
    with ExitStack() as stack:
        address = f"sqlite:///{folder / 'home' / 'ledger.sqlite'}"
        if name == "postgresql":
            address = stack.enter_context(running_postgres()).fresh_database()
        more = {"FOOTAGE_REQUESTS_PER_MINUTE": "1000000", "FOOTAGE_LEDGER_URL": address}
        yield stack.enter_context(running_machine(folder / "home", **more)), address


def _filled(machine: Machine, address: str, items: int) -> list[str]:
    """Enter items that all are one published film; return their ids."""
    path = clips.make(machine.footage.home / "film.mp4", clips.Clip(seconds=12, rate="25"))
    done = machine.send(path, unit=_UNITS[0])
    ledger, chosen = Ledger(address), random.Random(1)
    made, job = [], ledger.job(done["job"])
    assert job
    for first in range(0, items, 500):
        with ledger.together():
            for number in range(first, min(items, first + 500)):
                new = ledger.create(
                    name=f"{chosen.choice(_WORDS)} {number}.mp4",
                    programme="zhubo",
                    activity=chosen.choice(("yanlian", "zhubo", "")),
                    state="published",
                    original=job.original,
                    manifest=job.manifest,
                    findings=job.findings,
                    lane="video",
                    unit=chosen.choice(_UNITS),
                    place=f"{number} 号点",
                    date=f"2020-06-{number % 30 + 1:02}",
                )
                made.append(new.id)
    ledger.close()
    return made


def _asked(machine: Machine, jobs: list[str], name: str, items: int) -> bool:
    times, until = Times(), time.monotonic() + _SECONDS
    threads = [threading.Thread(target=_client, args=(machine, jobs, times, until, n)) for n in range(_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    right = True
    for kind, seconds in sorted(times.of.items()):
        middle, late = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
        fine = middle <= _MEDIAN and late <= _LATE
        right &= fine
        print(
            f"{name} {items} items, {_CLIENTS} clients, {kind}: {len(seconds)} answers, median {middle * 1000:.0f} ms"
            f" (bound {_MEDIAN * 1000:.0f}), 95th {late * 1000:.0f} ms (bound {_LATE * 1000:.0f})"
        )
    return right & _weighed(machine, name)


def _client(machine: Machine, jobs: list[str], times: Times, until: float, seed: int) -> None:
    chosen = random.Random(seed)
    with machine.asking(machine.key) as client:
        client.headers["Accept"] = "text/html"
        while time.monotonic() < until:
            time.sleep(chosen.uniform(0, 2 * _PAUSE))  # or all twenty would ask in one breath, for ever
            kind, address = chosen.choice(
                (
                    ("grid", "/"),
                    ("filter", f"/?unit={chosen.choice(_UNITS)}&state=published&since=2020-06-10"),
                    ("search", f"/?q={chosen.choice(_WORDS)} {chosen.randrange(len(jobs))}"),
                    ("item", f"/items/{chosen.choice(jobs)}"),
                )
            )
            began = time.monotonic()
            answer = client.get(address)
            times.add(kind, time.monotonic() - began)
            if answer.status_code != httpx.codes.OK:
                raise RuntimeError(f"{address}: {answer.status_code}")


def _weighed(machine: Machine, name: str) -> bool:
    """Print what the first view weighs without pictures: page, style sheet and scripts, as they are sent."""
    with machine.asking(machine.key) as client:
        client.headers["Accept"] = "text/html"
        parts = ["/", "/static/desk.css", "/static/vendor/htmx.min.js"]
        parts += [f"/static/{script}.js" for script in ("grid", "storyboard", "chosen")]
        sizes = [int(client.get(part).headers["content-length"]) for part in parts]
    print(f"{name}: first view {sum(sizes) >> 10} KiB without pictures (bound {_WEIGHT >> 10})")
    return sum(sizes) <= _WEIGHT


if __name__ == "__main__":
    main()
