"""What shutting the decoders in costs: milliseconds a job, on a very short clip, and share of the CPU of one minute.

FOOTAGE_BENCH_SECONDS (default 60), FOOTAGE_BENCH_ROUNDS (default 3), FOOTAGE_CORPUS.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from bench.clip import long_clip
from bench.jobs import CORPUS
from bench.measuring import Cost, alternating
from worker import logs
from worker.app import open_service
from worker.settings import Settings

_MOST_MS, _MOST_SHARE = 80, 0.03
_SHORT_ROUNDS = 31


def main() -> None:
    logs.configure("ERROR")
    seconds, rounds = (int(os.environ.get(f"FOOTAGE_BENCH_{n}", v)) for n, v in (("SECONDS", "60"), ("ROUNDS", "3")))
    with tempfile.TemporaryDirectory(prefix="footage-bench-") as name:
        folder = Path(name)
        short = _compared(long_clip(CORPUS, folder / "short.mp4", 1), folder / "short", _SHORT_ROUNDS)
        long = _compared(long_clip(CORPUS, folder / "long.mp4", seconds), folder / "long", rounds)
    milliseconds = 1000 * (short["confined"].wall - short["not confined"].wall)
    share = long["confined"].cpu / long["not confined"].cpu - 1
    print(f"the confinement costs {milliseconds:.0f} ms a job (bound {_MOST_MS})")
    print(f"and {share:+.1%} of the CPU of {seconds} s of video (bound {_MOST_SHARE:.0%})")
    sys.exit(0 if milliseconds <= _MOST_MS and share <= _MOST_SHARE else 1)


def _compared(clip: Path, folder: Path, rounds: int) -> dict[str, Cost]:
    print(f"{clip.name}: {clip.stat().st_size / 1e6:.1f} MB")
    sides = {"confined": _side(clip, folder, "on"), "not confined": _side(clip, folder, "off")}
    return alternating(sides, rounds)


def _side(clip: Path, folder: Path, sandbox: Literal["on", "off"]) -> Callable[[int], None]:
    def job(number: int) -> None:
        # A fresh home: a second job would find the work done.
        home = folder / f"{sandbox}-{number}"
        service = open_service(Settings(home=home, reserve_bytes=0, sandbox=sandbox))
        done = service.run(service.submit(clip, service.submission(clip.name)).id)
        assert done.state == "published", done.findings

    return job


if __name__ == "__main__":
    main()
