"""A clock in pictures and clicks in sound: what a film shows when, read off what it decodes to."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from pipelines.tools.ffmpeg.binary import executable

WIDTH, HEIGHT = 96, 64
_COLUMNS, _ROWS = 6, 2  # blocks of one bit each: 4096 numbers
_LOUD = 0.2


@dataclass(frozen=True, slots=True)
class Shown:
    """What a film shows: the number on each frame; when clicks are heard, in seconds; how long its sound is."""

    frames: list[int]
    clicks: list[Fraction]
    sound_length: Fraction


def picture(number: int) -> NDArray[np.uint8]:
    """A grey picture with a number in twelve blocks, light for a one; neighbours differ in one block (Gray code)."""
    bits = number ^ number >> 1
    cells = [230 if bits >> place & 1 else 25 for place in range(_COLUMNS * _ROWS)]
    blocks = np.array(cells, np.uint8).reshape(_ROWS, _COLUMNS)
    return np.kron(blocks, np.ones((HEIGHT // _ROWS, WIDTH // _COLUMNS), np.uint8))


def number_on(grey: NDArray[np.uint8]) -> int:
    """The number on a picture of any size."""
    height, width = grey.shape
    rows, columns = height // _ROWS, width // _COLUMNS
    bits = 0
    for place in range(_COLUMNS * _ROWS):
        row, column = divmod(place, _COLUMNS)
        middle = grey[
            row * rows + rows // 4 : (row + 1) * rows - rows // 4,
            column * columns + columns // 4 : (column + 1) * columns - columns // 4,
        ]
        bits |= (middle.mean() > 128) << place
    number = 0
    while bits:
        number ^= bits
        bits >>= 1
    return int(number)


def click_track(length: Fraction, rate: int) -> NDArray[np.float32]:
    """Stereo silence with a click of 10 ms half a second into each second."""
    samples = np.zeros((2, round(length * rate)), np.float32)
    burst = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(rate // 100) / rate).astype(np.float32)
    for second in range(int(length)):
        at = round((second + 0.5) * rate)
        part = samples[:, at : at + len(burst)]
        part[:] = burst[: part.shape[1]]
    return samples


def film(path: Path, frames: int, rate: int = 25) -> Path:
    """Write a film of 1280 by 720 pixels that shows the number of each frame, with a tone."""
    numbers = b"".join(picture(number).tobytes() for number in range(frames))
    raw = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(rate), "-i", "-")
    tone = ("-f", "lavfi", "-i", f"sine=440:sample_rate=48000:duration={frames / rate}")
    made = ("-vf", "scale=1280:720:flags=neighbor", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast")
    subprocess.run([executable(), "-v", "error", "-y", *raw, *tone, *made, str(path)], input=numbers, check=True)
    return path


def shown_in(path: Path) -> Shown:
    """Decode a film, and read its clock and its clicks."""
    with av.open(str(path)) as container:
        frames = [number_on(_luma(frame)) for frame in container.decode(video=0)]
    with av.open(str(path)) as container:
        blocks = [(frame.pts, frame.to_ndarray()) for frame in container.decode(audio=0)]
        sound = container.streams.audio[0]
        rate, length = sound.rate, (sound.start_time + sound.duration) * sound.time_base
    first = blocks[0][0] or 0
    heard = np.concatenate([np.abs(block).max(axis=0) for _, block in blocks])
    return Shown(frames, _clicks(heard, first, rate), length)


def _luma(frame: Any) -> NDArray[np.uint8]:
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : frame.width]


def _clicks(heard: NDArray[np.float32], first: int, rate: int) -> list[Fraction]:
    loud = np.flatnonzero(heard > _LOUD * max(float(heard.max()), 1e-6))
    if not len(loud) or heard.max() < 1e-4:
        return []
    starts = loud[np.concatenate(([True], np.diff(loud) > rate // 10))]
    return [Fraction(int(at) + first, rate) for at in starts]
