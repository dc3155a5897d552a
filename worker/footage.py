"""Footage of our own making, for the demo and for `footage doctor`: a short event, a portrait clip, a turned photo."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from pipelines.films.video import executable

_SCENES = (
    "testsrc2=size=1280x720:rate=30",
    "mandelbrot=size=1280x720:rate=30:start_scale=0.4",
    "life=size=160x90:rate=30:mold=10:life_color=#d8a030:death_color=#203050,scale=1280:720:flags=neighbor",
    "smptehdbars=size=1280x720:rate=30",
)
_VOICE = "aevalsrc='0.25*sin(2*PI*(180+60*sin(2*PI*0.7*t))*t)*(0.6+0.4*sin(2*PI*3*t))':s=44100:c=stereo"


def make(folder: Path, seconds: int = 6) -> list[Path]:
    """Four scenes of `seconds` with sound, a portrait clip and a photo that EXIF turns; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        event(folder / "启动仪式.mp4", seconds),
        portrait(folder / "厂区巡查（竖拍）.mp4"),
        photo(folder / "隐患照片.jpg"),
    ]


def event(path: Path, seconds: int) -> Path:
    """Several scenes, cut hard, with a tone that rises and falls."""
    inputs = [part for scene in _SCENES for part in ("-f", "lavfi", "-t", str(seconds), "-i", scene)]
    sound = ("-f", "lavfi", "-t", str(seconds * len(_SCENES)), "-i", _VOICE)
    pads = "".join(f"[{n}:v]" for n in range(len(_SCENES)))
    graph = f"{pads}concat=n={len(_SCENES)}:v=1:a=0,format=yuv420p[v]"
    _ffmpeg([*inputs, *sound, "-filter_complex", graph, "-map", "[v]", "-map", f"{len(_SCENES)}:a", str(path)])
    return path


def portrait(path: Path) -> Path:
    """Eight seconds as a phone held upright writes them: lying pictures and a matrix that turns them."""
    lying = path.with_suffix(".lying.mp4")
    source = ["-f", "lavfi", "-t", "8", "-i", "testsrc2=size=1280x720:rate=30"]
    _ffmpeg([*source, "-f", "lavfi", "-t", "8", "-i", _VOICE, "-pix_fmt", "yuv420p", str(lying)])
    _ffmpeg(["-display_rotation", "90", "-i", str(lying), "-c", "copy", str(path)])
    lying.unlink()
    return path


def photo(path: Path) -> Path:
    """A 12-megapixel photo stored lying, to be turned upright by its EXIF orientation 6."""
    picture = Image.linear_gradient("L").resize((3000, 4000)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 800, 800), fill="red")
    draw.ellipse((900, 1500, 2100, 2700), fill="orange", outline="black", width=40)
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.transpose(Image.Transpose.ROTATE_90).save(path, quality=88, exif=exif)
    return path


def _ffmpeg(arguments: Sequence[str]) -> None:
    subprocess.run([executable(), "-v", "error", "-nostdin", "-y", *arguments], check=True, timeout=300)
