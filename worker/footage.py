"""Make footage for the demo and for `footage doctor`: an event, a portrait clip and a rotated photo."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from pipelines.tools.ffmpeg.binary import executable
from worker import scenery, sprites

Walk = tuple[Callable[[float], Image.Image], str, str]

_RATE = 25
_SHAKE = "9*sin(1.1*t)+5*sin(2.3*t)"  # pixels; the shake of a hand-held camera
# One sprite per scene with its position in pixels, by the scene's time `t`, width W and height H.
_WALKS: tuple[Walk, ...] = (
    (sprites.person, "W*(0.66+0.011*t)", "H*0.385+3*abs(sin(5*t))"),
    (sprites.forklift, "W*(0.02+0.07*t)", "H*0.53+1.5*sin(9*t)"),
    (sprites.person, "W*(0.1+0.06*t)", "H*0.4+4*abs(sin(5*t))"),
    (sprites.flames, "W*0.425+5*sin(7*t)", "H*0.44+7*sin(11*t)"),
)
# One sound per scene: a chime, a reversing beep, a hum and a hiss. _HISS is the room tone of all scenes.
_SOUNDS = (
    "0.2*(sin(523*6.283*t)+sin(659*6.283*t))*exp(-2*mod(t,2))",
    "0.25*sin(1000*6.283*t)*lt(mod(t,1),0.4)",
    "0.12*sin(100*6.283*t)+0.06*sin(200*6.283*t)",
    "0.3*(random(1)-0.5)*(0.6+0.4*sin(5*t))",
)
_HISS = "0.02*(random(0)-0.5)"
_ENCODER = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-g", str(3 * _RATE))
_COLOURS = ("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv")
_VOICE = ("-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2")


def make(folder: Path, size: tuple[int, int], seconds: int = 9) -> list[Path]:
    """Make an event, a portrait clip and a photo with an EXIF orientation, and return their paths.

    The event has four scenes of `seconds` each in frames of `size`, width and height in pixels.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [
        event(folder / "启动仪式.mp4", size, seconds),
        portrait(folder / "厂区巡查（竖拍）.mp4"),
        photo(folder / "隐患照片.jpg"),
    ]


def event(path: Path, size: tuple[int, int], seconds: int) -> Path:
    """Make a film of several scenes with hard cuts, each with a camera move, a moving sprite and a sound of its own."""
    scale = max(size[0] / scenery.WIDE, size[1] / scenery.TALL) * 1.1
    with tempfile.TemporaryDirectory() as name:
        drawn = _drawn(Path(name), scale)
        inputs = [part for picture in drawn for part in ("-i", str(picture))]
        chains = [_scene(n, walk, size, seconds) for n, walk in enumerate(_WALKS)]
        joined = "".join(f"[v{n}]" for n in range(len(chains))) + f"concat=n={len(chains)}:v=1:a=0[v]"
        graph = ";".join([*chains, joined, _sound(seconds)])
        _ffmpeg(
            [*inputs, "-filter_complex", graph, "-map", "[v]", "-map", "[a]", *_ENCODER, *_COLOURS, *_VOICE, str(path)]
        )
    return path


def _drawn(folder: Path, scale: float) -> list[Path]:
    """Draw the scenes, then the sprite of each, and return the paths of the pictures."""
    pictures = [scene(scale) for scene in scenery.SCENES]
    pictures += [sprite(scale) for sprite, _, _ in _WALKS]
    paths = [folder / f"{n}.png" for n in range(len(pictures))]
    for picture, path in zip(pictures, paths, strict=True):
        picture.save(path, compress_level=1)
    return paths


def _scene(number: int, walk: Walk, size: tuple[int, int], seconds: int) -> str:
    """Return the filter chain of one scene: a still of `seconds` with its sprite, seen through a moving window."""
    _, across, down = walk
    width, height = size
    pan = f"(iw-ow)*(0.15+0.7*t/{seconds})" if number % 2 == 0 else f"(iw-ow)*(0.85-0.7*t/{seconds})"
    return (
        f"[{number}:v]{_still(seconds)}[s{number}];"
        f"[s{number}][{number + len(_WALKS)}:v]overlay=x='{across}':y='{down}':format=yuv420,"
        f"crop={width}:{height}:x='{pan}':y='(ih-oh)/2+{_SHAKE}',setsar=1[v{number}]"
    )


def _still(seconds: int) -> str:
    """Return the filters that convert a picture once and repeat it for `seconds`."""
    return (
        "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,loop=-1:1:0,"
        f"setpts=N/{_RATE}/TB,fps={_RATE},trim=duration={seconds},settb=1/{_RATE}"
    )


def _sound(seconds: int) -> str:
    parts = "+".join(f"({sound})*eq(floor(t/{seconds}),{n})" for n, sound in enumerate(_SOUNDS))
    return f"aevalsrc='{parts}+{_HISS}':s=48000:d={seconds * len(_SOUNDS)}[a]"


def portrait(path: Path, seconds: int = 9) -> Path:
    """Make a clip as a phone held upright writes it: landscape frames with a display matrix that rotates them."""
    lying = path.with_suffix(".lying.mp4")
    with tempfile.TemporaryDirectory() as name:
        picture = Path(name) / "plant.png"
        scenery.plant(1.0).transpose(Image.Transpose.ROTATE_270).save(picture, compress_level=1)
        window = f"crop=1280:720:x='(iw-ow)*(0.1+0.8*t/{seconds})':y='(ih-oh)/2+{_SHAKE}',setsar=1"
        graph = f"[0:v]{_still(seconds)},{window}[v];{_sound(seconds)}"
        maps = ("-filter_complex", graph, "-map", "[v]", "-map", "[a]", "-t", str(seconds))
        _ffmpeg(["-i", str(picture), *maps, *_ENCODER, *_COLOURS, *_VOICE, str(lying)])
    _ffmpeg(["-display_rotation", "90", "-i", str(lying), "-c", "copy", str(path)])
    lying.unlink()
    return path


def photo(path: Path) -> Path:
    """Make a 12-megapixel photo stored in landscape, with EXIF orientation 6 and a camera make and model."""
    picture = scenery.blocked_exit(2.5)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F], exif[0x0110] = "Demo", "Demo phone"
    picture.transpose(Image.Transpose.ROTATE_90).save(path, quality=88, exif=exif)
    return path


def _ffmpeg(arguments: Sequence[str]) -> None:
    subprocess.run([executable(), "-v", "error", "-nostdin", "-y", *arguments], check=True, timeout=300)
