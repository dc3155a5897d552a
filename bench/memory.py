"""Peak memory of a whole job on five and on sixty minutes: it must not grow with the length.

`python -m bench.memory`. The same moving picture, looped without encoding it again; what is counted is what the job
and all its children hold at one time (proportional set size), looked at ten times a second.
FOOTAGE_BENCH_MINUTES (default "5 60").
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from bench.jobs import job
from pipelines.tools.ffmpeg.binary import executable

_MORE = 0.10
_BASE_MINUTES = 5
_EVERY = 0.1  # seconds


def main() -> None:
    minutes = [int(part) for part in os.environ.get("FOOTAGE_BENCH_MINUTES", "5 60").split()]
    with tempfile.TemporaryDirectory(prefix="footage-bench-") as name:
        folder = Path(name)
        base = _base(folder / "base.mp4")
        peaks = []
        for length in minutes:
            film = _looped(base, folder / f"{length}.mp4", length)
            began = time.monotonic()
            peaks.append(peak_of(film, folder / f"home-{length}"))
            print(f"{length:3} min: {peaks[-1] / 1e6:7.1f} MB at most, {time.monotonic() - began:.0f} s", flush=True)
    ratio = peaks[-1] / peaks[0]
    print(f"{minutes[-1]} minutes take {ratio:.3f} x the memory of {minutes[0]} (bound {1 + _MORE})")
    sys.exit(0 if ratio <= 1 + _MORE else 1)


def _base(path: Path) -> Path:
    """Bars, and a moving window in them: cheap to encode, so that an hour fits into a bench; frames are frames."""
    bars, window = ("-f", "lavfi", "-i", "smptehdbars=size=hd1080:rate=25"), ("-f", "lavfi", "-i", "testsrc2=rate=25")
    sound = ("-f", "lavfi", "-i", "anoisesrc=color=pink:amplitude=0.2:sample_rate=48000")
    picture = ("-filter_complex", "[0][1]overlay=400:300[v]", "-map", "[v]", "-map", "2")
    encoder = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
    _ffmpeg(*bars, *window, *sound, *picture, "-t", _BASE_MINUTES * 60, *encoder, path)
    return path


def _looped(base: Path, target: Path, minutes: int) -> Path:
    _ffmpeg("-stream_loop", minutes // _BASE_MINUTES, "-i", base, "-t", minutes * 60, "-c", "copy", target)
    return target


def peak_of(film: Path, home: Path) -> int:
    """Bytes that this process and all it starts hold at most, above what it held before."""
    before, peak, done = _held(os.getpid()), [0], threading.Event()

    def look() -> None:
        while not done.wait(_EVERY):
            peak[0] = max(peak[0], _held(os.getpid()))

    watching = threading.Thread(target=look)
    watching.start()
    try:
        job(film, home)
    finally:
        done.set()
        watching.join()
    return peak[0] - before


def _held(pid: int) -> int:
    return sum(_proportional(process) for process in _family(pid))


def _family(pid: int) -> Iterator[int]:
    yield pid
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = path.read_text().split()
        except OSError:
            continue  # it ended meanwhile
        for child in children:
            yield from _family(int(child))


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # it ended meanwhile
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:")), 0)


def _ffmpeg(*arguments: object) -> None:
    subprocess.run([executable(), "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True)


if __name__ == "__main__":
    main()
