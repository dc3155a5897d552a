"""Measuring outputs with tools that didn't make them: MediaInfo reads containers, the ffmpeg binary gives pixels."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pymediainfo import MediaInfo

from pipelines.tools.ffmpeg.binary import executable

Pixels = NDArray[np.uint8]


def track(path: Path, kind: str) -> dict[str, Any]:
    """MediaInfo's view of the first track of this kind (General, Video, Audio, Image); empty where there is none."""
    found = [item.to_data() for item in MediaInfo.parse(path).tracks if item.track_type == kind]
    return found[0] if found else {}


def frame(path: Path, seconds: float, size: tuple[int, int] = (1920, 1080)) -> Pixels:
    """The frame at a time, as height x width x RGB."""
    command = [executable(), "-v", "error", "-ss", f"{seconds:.4f}", "-i", str(path), "-frames:v", "1"]
    raw = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(size[1], size[0], 3)


def decode_errors(path: Path, *options: str) -> str:
    """What ffmpeg complains of when it decodes the whole file, or what `options` leave of it; empty for a sound one."""
    command = [executable(), "-v", "error", "-xerror", "-i", str(path), *options, "-f", "null", "-"]
    return subprocess.run(command, capture_output=True).stderr.decode(errors="replace")


def frame_hashes(path: Path) -> list[str]:
    """One hash a decoded video frame, in order of presentation, and not a word of complaint."""
    return list(_hashes(path, path.stat().st_mtime_ns))


@cache
def _hashes(path: Path, _changed: int) -> tuple[str, ...]:
    command = [executable(), "-v", "error", "-xerror", "-i", str(path), "-map", "0:v:0", "-f", "framemd5", "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stderr == b""
    out = done.stdout.decode()
    return tuple(line.rpartition(",")[2].strip() for line in out.splitlines() if not line.startswith("#"))


def loudness(path: Path) -> float:
    """Mean volume in dBFS, as ffmpeg's volumedetect gives it."""
    command = [executable(), "-i", str(path), "-map", "0:a:0", "-af", "volumedetect", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, check=True).stderr.decode()
    return float(next(line for line in said.splitlines() if "mean_volume" in line).rpartition(":")[2].split()[0])


def pixels(path: Path) -> Pixels:
    """A picture file as height x width x RGB."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def corners(picture: Pixels, inset: float = 0.06) -> dict[str, tuple[int, ...]]:
    """The colour a little inside each corner of the picture, black bars left out."""
    bright = picture.max(axis=2) > 40
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1], columns[0], columns[-1]
    down, across = int((bottom - top) * inset), int((right - left) * inset)
    places = {
        "top left": (top + down, left + across),
        "top right": (top + down, right - across),
        "bottom left": (bottom - down, left + across),
        "bottom right": (bottom - down, right - across),
    }
    return {name: tuple(int(value) for value in picture[y, x]) for name, (y, x) in places.items()}


def near(first: tuple[int, ...], second: tuple[int, ...], within: int = 40) -> bool:
    """The same colour, but for what a codec does."""
    return max(abs(a - b) for a, b in zip(first, second, strict=True)) <= within


def brightness(picture: Pixels) -> float:
    """Mean of 0 to 255."""
    return float(picture.mean())


def sharpness(picture: Pixels) -> float:
    """Variance of the Laplacian; blur lowers it."""
    grey = picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return float((around - 4 * grey[1:-1, 1:-1]).var())
