"""The line under load: how long others wait for one that sends much, and what ten thousand jobs in it cost.

`python -m bench.line`: FOOTAGE_LINE_JOBS (default 10000), FOOTAGE_LINE_FILES (default 500). On the machine's own
default: SQLite and a real Valkey. `python -m bench.lanes` shows the lanes with real films.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NoReturn

from PIL import Image

from pipelines.jobs.sweeper import Sweeper
from pipelines.service import Service
from worker import embedded, logs
from worker.app import open_context, open_house
from worker.settings import Settings

_JOBS = int(os.environ.get("FOOTAGE_LINE_JOBS", "10000"))
_FILES = int(os.environ.get("FOOTAGE_LINE_FILES", "500"))
_UNITS, _EACH, _A_JOB = 10, 10, 0.05  # seconds that a job is made to last, where only waiting is looked at
_SUBMIT_BOUND, _PASS_BOUND, _GROWTH_BOUND = 0.010, 2.0, 16 << 20


def main() -> None:
    logs.configure("ERROR")
    right = [_fair(), _full()]
    sys.exit(0 if all(right) else 1)


def _fair() -> bool:
    """Ten units of ten files each; then the same, but that one of them sends five hundred."""
    usual, crowded = (_waits({f"unit {n}": _EACH for n in range(_UNITS)} | {"unit 0": n}) for n in (_EACH, _FILES))
    others = [f"unit {n}" for n in range(1, _UNITS)]
    before, after = (median(wait for unit in others for wait in waits[unit]) for waits in (usual, crowded))
    print(f"{_UNITS} units, {_EACH} files each: median wait of nine {before:.2f} s; one sends {_FILES}: {after:.2f} s")
    print(f"  {after / before:.2f} x (bound 1.10); meanwhile {len(crowded['unit 0'])} files of that one were taken up")
    return after <= before * 1.10


def _waits(files: dict[str, int]) -> dict[str, list[float]]:
    """Seconds that each file of each unit waits, where one worker takes them up; the many come first."""
    with tempfile.TemporaryDirectory(prefix="footage-line-") as name:
        ledger = open_context(Settings(home=Path(name))).ledger
        for unit, count in sorted(files.items(), key=lambda item: -item[1]):
            for number in range(count):
                job = ledger.create(name=f"{number}.jpg", programme="zhubo", unit=unit)
                ledger.move(job.id, ["received"], state="queued", lane="photo")
        began = time.monotonic()
        waits: dict[str, list[float]] = {unit: [] for unit in files}
        while any(len(waits[unit]) < _EACH for unit in files):
            job, token = ledger.queue.claim(["photo"], "bench", 60) or _nothing()
            waits[job.unit].append(time.monotonic() - began)
            time.sleep(_A_JOB)
            ledger.advance(job.id, token, state="published")
        return waits


def _nothing() -> NoReturn:
    raise AssertionError("jobs are waiting, and none was given out")


def _full() -> bool:
    """Ten thousand jobs: what a submission costs among them, and a pass of the sweeper once the queue is lost."""
    with tempfile.TemporaryDirectory(prefix="footage-line-") as name:
        settings = Settings(home=Path(name), reserve_bytes=0)
        server = embedded.start(settings.folder)
        try:
            house = open_house(settings)
            each = _submitted(house.service, Path(name) / "photo.jpg")
            house.broker.client.flushall()
            passes, grown = _swept(house.sweeper)
        finally:
            server.terminate()
            server.wait()
    first, last = (median(part) for part in (each[:200], each[-200:]))
    print(f"{_JOBS} jobs: submit {median(each) * 1000:.1f} ms in the middle (first {first * 1000:.1f}, ", end="")
    print(f"last {last * 1000:.1f}; bound {_SUBMIT_BOUND * 1000:.0f}), {1 / median(each):.0f} a second")
    print(f"  sweeper: {passes[0]:.2f} s the first pass, {max(passes[1:]):.2f} s the longest after it", end=" ")
    print(f"(bound {_PASS_BOUND}); memory +{grown / (1 << 20):.1f} MB in {len(passes)} passes")
    return median(each) < _SUBMIT_BOUND and max(passes) < _PASS_BOUND and grown < _GROWTH_BOUND


def _submitted(service: Service, photo: Path) -> list[float]:
    Image.new("RGB", (64, 36)).save(photo)
    each = []
    for number in range(_JOBS):
        began = time.monotonic()
        service.submit(photo, service.submission(photo.name, unit=f"unit {number % _UNITS}"))
        each.append(time.monotonic() - began)
    return each


def _swept(sweeper: Sweeper) -> tuple[list[float], int]:
    passes, before = [], 0
    for number in range(20):
        began = time.monotonic()
        sweeper.sweep()
        passes.append(time.monotonic() - began)
        if number == 0:
            before = _most_memory()
    return passes, _most_memory() - before


def _most_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
