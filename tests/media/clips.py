"""Clips made for the tests: known sizes, colours in the corners, a known sound. Nothing is taken from anybody."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.tools.ffmpeg.binary import executable

# The corners of the upright picture: red top left, green top right, blue bottom left, white bottom right.
CORNERS = {
    "top left": (255, 0, 0),
    "top right": (0, 255, 0),
    "bottom left": (0, 0, 255),
    "bottom right": (255, 255, 255),
}


@dataclass(frozen=True, slots=True)
class Clip:
    """What to make. `turn` is the display matrix's rotation (counter-clockwise degrees), applied by players."""

    seconds: float = 2
    width: int = 640
    height: int = 360
    rate: str = "30"
    source: str = "testsrc2"
    sound: bool = True
    turn: int = 0
    encoder: Sequence[str] = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def make(path: Path, clip: Clip = Clip()) -> Path:
    """Write the clip: a moving test picture with coloured corners, and a tone of 440 Hz."""
    size, seconds = f"{clip.width}x{clip.height}", str(clip.seconds)
    side = min(clip.width, clip.height) // 4
    graph = f"{clip.source}=size={size}:rate={clip.rate}:duration={seconds}{_corners(clip.width, clip.height, side)}"
    graph += {0: "", 90: ",transpose=clock", 180: ",hflip,vflip", 270: ",transpose=cclock"}[clip.turn % 360]
    tone = ["-f", "lavfi", "-i", f"sine=440:sample_rate=44100:duration={seconds}"] if clip.sound else []
    flat = path.with_name(f"flat-{path.name}") if clip.turn else path
    ffmpeg("-f", "lavfi", "-i", graph, *tone, *clip.encoder, *(["-shortest"] if clip.sound else []), str(flat))
    if clip.turn:
        ffmpeg("-display_rotation", str(clip.turn), "-i", str(flat), "-c", "copy", str(path))
        flat.unlink()
    return path


def repeated(path: Path, clip: Clip, times: int) -> Path:
    """A clip so many times over: a long film is made, and so encoded, no longer than a short one."""
    once = make(path.with_name(f"once-{path.name}"), clip)
    ffmpeg("-stream_loop", str(times - 1), "-i", str(once), "-c", "copy", str(path))
    once.unlink()
    return path


def with_aperture(film: Path, target: Path, width: int, height: int) -> Path:
    """The same film, saying that only so much of each frame is picture."""
    return with_box(film, target, struct.pack(">I4s8I", 40, b"clap", width, 1, height, 1, 0, 1, 0, 1))


def with_box(film: Path, target: Path, box: bytes) -> Path:
    """The same MOV or MP4, its index last, with one more box in the sample entry of its first stream."""
    data, places, start, end = bytearray(film.read_bytes()), [], 0, film.stat().st_size
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"):
        while data[start + 4 : start + 8] != name:
            start += int.from_bytes(data[start : start + 4], "big")
            assert start < end, name
        places.append(start)
        start, end = start + 8, start + int.from_bytes(data[start : start + 4], "big")
    places.append(start := start + 8)
    after = start + int.from_bytes(data[start : start + 4], "big")
    data[after:after] = box
    for place in places:
        longer = int.from_bytes(data[place : place + 4], "big") + len(box)
        data[place : place + 4] = longer.to_bytes(4, "big")
    target.write_bytes(data)
    return target


def box(name: bytes, content: bytes) -> bytes:
    """One box of an MP4 or a HEIF."""
    return struct.pack(">I4s", 8 + len(content), name) + content


def _corners(width: int, height: int, side: int) -> str:
    places = {
        "red": (0, 0),
        "lime": (width - side, 0),
        "blue": (0, height - side),
        "white": (width - side, height - side),
    }
    boxes = (f"drawbox=x={x}:y={y}:w={side}:h={side}:color={name}:t=fill" for name, (x, y) in places.items())
    return "," + ",".join(boxes)


def scenes(path: Path, seconds: int = 6, width: int = 1280, height: int = 720) -> Path:
    """Four different scenes of so many seconds, cut hard, the second silent, the third loud; at 25 a second."""
    # A mandelbrot of 1280x720 would take most of the time: drawn smaller, it looks the same from afar.
    fractal = "mandelbrot=start_scale=3:end_scale=0.02:end_pts=300:size=426x240"
    size = f"size={width}x{height}"
    sources = (f"testsrc2={size}", fractal, f"testsrc2={size}", f"smptehdbars={size}")
    filters = ("null", f"scale={width}:{height}", "hue=h=180,hflip", "noise=alls=8:allf=t")
    inputs = [part for source in sources for part in ("-f", "lavfi", "-t", str(seconds), "-i", f"{source}:rate=25")]
    tone = "aevalsrc='0.5*sin(880*PI*t)*(lt(t,A)+gte(t,2*A)*lt(t,3*A))':s=48000:d=4*A".replace("A", str(seconds))
    tone = tone.replace(f"d=4*{seconds}", f"d={4 * seconds}")
    chains = ";".join(f"[{n}:v]{name},setsar=1,format=yuv420p[v{n}]" for n, name in enumerate(filters))
    graph = f"{chains};[v0][v1][v2][v3]concat=n=4[v]"
    fast = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-c:a", "aac")
    ffmpeg(*inputs, "-f", "lavfi", "-i", tone, "-filter_complex", graph, "-map", "[v]", "-map", "4:a", *fast, str(path))
    return path


def ffmpeg(*arguments: str) -> None:
    """Run the pinned ffmpeg; a failure shows its own words."""
    done = subprocess.run([executable(), "-v", "error", "-nostdin", "-y", *arguments], capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
