"""`python -m bench.matrix`: at least 200 generated clips through `footage process`, each picture and sound looked at.

Corner markers upright, the burnt-in clock equal to the time stamps, beep and flash within 40 ms at the start and at the
end; read from the master by ffmpeg's own decoder. FOOTAGE_MATRIX_EVERY (default 1) takes every so many cases.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.matrix_clips import BITS, CORNERS, FLASHES, Case, cases, make
from pipelines.tools.ffmpeg.binary import executable

_WIDTH, _HEIGHT = 480, 270  # the master, as it is looked at
_SYNC = 0.040  # seconds between flash and beep
_BATCH = 12


def main() -> None:
    chosen = cases()[:: int(os.environ.get("FOOTAGE_MATRIX_EVERY", "1"))]
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="footage-matrix-") as name:
        folder = Path(name)
        for start in range(0, len(chosen), _BATCH):
            for case, complaints in _run(chosen[start : start + _BATCH], folder):
                wrong += bool(complaints)
                if complaints:
                    print(f"NOT {case.name}: {'; '.join(complaints)}", flush=True)
    print(f"{len(chosen) - wrong} of {len(chosen)} clips upright, on time and in step")
    sys.exit(1 if wrong else 0)


def _run(batch: list[Case], folder: Path) -> Iterator[tuple[Case, list[str]]]:
    with ThreadPoolExecutor(2) as pool:
        paths = list(pool.map(lambda case: make(case, folder), batch))
    home = folder / "home"
    command = [sys.executable, "-m", "worker.cli", "process", *map(str, paths), "--json"]
    environment = {**os.environ, "FOOTAGE_HOME": str(home)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    for case, result in zip(batch, results, strict=True):
        yield case, judged(case, result)
    subprocess.run(["rm", "-rf", str(home), *map(str, paths)], check=True)


def judged(case: Case, result: dict[str, Any]) -> list[str]:
    """What is wrong with this clip's master; empty where nothing is."""
    if result["state"] != "published":
        return [f"{result['state']}: {finding['code']} {finding['text']}" for finding in result["findings"]]
    master = next(Path(output["path"]) for output in result["outputs"] if output["role"] == "master")
    rate, frames = _frames(master)
    box = _box(case)
    timing = json.loads(Path(result["manifest"]).read_text())["facts"]["timing"]
    late = float(Fraction(timing["start"]))  # a sound may begin before its picture
    moving = frames[: round(float(Fraction(timing["end"])) * rate)]  # the last one is held while sound goes on
    complaints = [*_corners(frames[len(frames) // 2], box), *_clock(case, moving, rate, box, late)]
    return [*complaints, *([] if case.audio == "none" else _sync(case, frames, rate, box, _sound(master)))]


def _frames(master: Path) -> tuple[float, NDArray[np.uint8]]:
    probe = [executable(), "-hide_banner", "-i", str(master)]
    said = subprocess.run(probe, check=False, capture_output=True, text=True).stderr
    rate = float(said.partition(" fps")[0].rpartition(" ")[2])
    rate = {23.98: 24000 / 1001, 29.97: 30000 / 1001, 59.94: 60000 / 1001}.get(rate, rate)
    command = [executable(), "-v", "error", "-i", str(master), "-vf", f"scale={_WIDTH}:{_HEIGHT}:flags=area"]
    raw = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], check=True, capture_output=True).stdout
    return rate, np.frombuffer(raw, np.uint8).reshape(-1, _HEIGHT, _WIDTH, 3)


def _box(case: Case) -> tuple[float, float, float, float]:
    """Left, top, width and height of the picture inside the frame."""
    shape = Fraction(*case.size)
    if case.size == (720, 576):
        shape = Fraction(5, 4)
    scale = min(_WIDTH / float(shape), float(_HEIGHT))
    width, height = float(shape) * scale, scale
    return (_WIDTH - width) / 2, (_HEIGHT - height) / 2, width, height


def _at(frame: NDArray[np.uint8], box: tuple[float, float, float, float], x: float, y: float) -> NDArray[np.float64]:
    """The colour about a place of the picture, given as shares of its width and height."""
    left, top, width, height = box
    column, row = int(left + x * width), int(top + y * height)
    patch: NDArray[np.float64] = frame[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2].mean(axis=(0, 1))
    return patch


_PLACES = {
    "top left": (0.08, 0.08),
    "top right": (0.92, 0.08),
    "bottom left": (0.08, 0.92),
    "bottom right": (0.92, 0.92),
}
_IS = {
    "red": lambda c: c[0] > 120 and c[0] > 2 * max(c[1], c[2]),
    "lime": lambda c: c[1] > 120 and c[1] > 1.6 * max(c[0], c[2]),
    "blue": lambda c: c[2] > 90 and c[2] > 1.6 * max(c[0], c[1]),
    "white": lambda c: min(c) > 170,
}


def _corners(frame: NDArray[np.uint8], box: tuple[float, float, float, float]) -> Iterator[str]:
    for corner, (x, y) in _PLACES.items():
        colour = _at(frame, box, x, y)
        if not _IS[CORNERS[corner]](colour):
            yield f"{corner} is {tuple(int(v) for v in colour)}"


def _clock(
    case: Case, frames: NDArray[np.uint8], rate: float, box: tuple[float, float, float, float], late: float
) -> Iterator[str]:
    """The number in the picture, against the time at which it is shown; a frame of the slower rate may lie between."""
    source = source_rate(case)
    ticks = 2 * source if case.fields else source
    worst = 0.0
    for n, frame in enumerate(frames):
        bits = [_at(frame, box, 0.2 + (i + 0.5) * (0.6 / BITS), 0.75).mean() > 110 for i in range(BITS)]
        shown = sum(bit << i for i, bit in enumerate(bits))
        behind = (max(0.0, n / rate - late) * ticks - shown + 2 ** (BITS - 1)) % 2**BITS - 2 ** (BITS - 1)
        worst = max(worst, abs(behind) / ticks)
    # Matroska, FLV and ASF round to a millisecond.
    allowed = (3.5 if case.rate == "vfr" else 1.6) / min(source, rate) + 0.002
    if worst > allowed:
        yield f"the clock is {worst:.3f} s off, {allowed:.3f} allowed"


def _sound(master: Path) -> NDArray[np.int16]:
    command = [
        executable(),
        "-v",
        "error",
        "-i",
        str(master),
        "-map",
        "0:a",
        "-ac",
        "1",
        "-ar",
        "48000",
        "-f",
        "s16le",
        "-",
    ]
    return np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.int16)


def _first_frame(case: Case, at: float) -> float:
    """When the source's own first frame with the flash is shown: its rate may have none at the very instant."""
    ticks = source_rate(case) * (2 if case.fields else 1)
    shown = (n for n in range(10_000) if n / ticks >= at - 0.001)
    return next(n / ticks for n in shown if case.rate != "vfr" or (n % 5 != 2 and n % 7 != 3))


def source_rate(case: Case) -> float:
    """Frames a second before any is dropped."""
    return float(Fraction({"vfr": "30"}.get(case.rate, case.rate)))


def _sync(
    case: Case,
    frames: NDArray[np.uint8],
    rate: float,
    box: tuple[float, float, float, float],
    sound: NDArray[np.int16],
) -> Iterator[str]:
    light = np.array([_at(frame, box, 0.5, 0.4).mean() > 128 for frame in frames])
    loud = np.abs(sound.astype(np.int32)) > int(np.abs(sound.astype(np.int32)).max()) // 4
    for at in FLASHES:
        seen = [n / rate for n in np.flatnonzero(light) if abs(n / rate - at) < 0.25]
        heard = [n / 48000 for n in np.flatnonzero(loud) if abs(n / 48000 - at) < 0.25]
        if not seen or not heard:
            yield f"no {'flash' if not seen else 'beep'} about {at} s"
            continue
        apart = (seen[0] - _first_frame(case, at)) - (heard[0] - at)
        if abs(apart) > _SYNC:
            yield f"flash at {seen[0]:.3f} s, beep at {heard[0]:.3f} s, {apart:+.3f} s apart"


if __name__ == "__main__":
    main()
