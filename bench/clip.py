"""A long clip to measure on: real footage of the corpus joined and looped where there is one, else made up."""

from __future__ import annotations

import subprocess
from pathlib import Path

from pipelines.tools.ffmpeg.binary import executable

_REAL = (
    "sam2__01_dog.mp4",
    "sam2__05_default_juggle.mp4",
    "PySceneDetect__testvideo.mp4",
    "deb_forensics-samp__movie-hello.mp4",
    "media__Ciro_Santilli_selfie_in_cycling_kit_with_old_cottages.mp4",
    "sample-videos__car-detection.mp4",
)
_FULL = "fps=30,scale=1920:1080:force_original_aspect_ratio=increase,crop=1920:1080,setsar=1,format=yuv420p"
_CAMERA = ("-c:v", "libx264", "-preset", "veryfast", "-b:v", "17M", "-c:a", "aac", "-shortest")


def long_clip(corpus: Path, target: Path, seconds: int) -> Path:
    """`seconds` of 1920x1080 at 30 frames/s and about 17 Mbit/s, with sound, as a phone would write it."""
    real = [corpus / "video" / name for name in _REAL]
    there = [path for path in real if path.is_file()]
    sound = ("-f", "lavfi", "-i", "anoisesrc=color=pink:amplitude=0.2:sample_rate=48000")
    if there:
        inputs = [part for path in there for part in ("-i", str(path))]
        chains = ";".join(f"[{n}:v]{_FULL}[v{n}]" for n in range(len(there)))
        pads = "".join(f"[v{n}]" for n in range(len(there)))
        graph = f"{chains};{pads}concat=n={len(there)}[j];[j]loop=loop=-1:size=1500[v]"
    else:
        inputs = ["-f", "lavfi", "-i", "mandelbrot=size=960x540:rate=30"]
        graph = f"[0:v]{_FULL},hue=s=0,noise=alls=12:allf=t[v]"  # its green is that of what was never drawn
    maps = ("-filter_complex", graph, "-map", "[v]", "-map", f"{len(there) or 1}:a", "-t", str(seconds))
    command = [executable(), "-v", "error", "-nostdin", "-y", *inputs, *sound, *maps, *_CAMERA, str(target)]
    subprocess.run(command, check=True)
    return target
