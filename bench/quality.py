"""Encoder settings by measurement: VMAF against bytes and CPU seconds, on real footage, beside HandBrake's preset.

`python -m bench.quality` measures the campaign's own settings and HandBrake's "Fast 1080p30" on the same clip, and says
what ours would take at HandBrake's VMAF. `python -m bench.quality table` writes the rows of docs/encoding.md.
Needs FOOTAGE_CORPUS; HandBrake where it is installed (Debian: handbrake-cli).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from math import exp, log
from pathlib import Path

from bench.measuring import Cost, cost_of
from pipelines.video import executable

# Every clip of the corpus with 720 lines or more that shows people, streets, machines or a landscape: two minutes.
_CLIPS = (
    "video/deb_forensics-samp__movie-hello.mp4",
    "video/sam2__05_default_juggle.mp4",
    "video/sam2__01_dog.mp4",
    "video/auto-editor__example.mp4",
    "video/PySceneDetect__testvideo.mp4",
    "video/deb_forensics-samp__VID_20191220_170832.mp4",
    "odd/media__edit_list_positive_shift.mp4",
    "odd/metadata-extractor__FLIR Thermal.mp4",
    "odd/media__bbb_2500ms.ts",
    "odd/moviepy__fire2.mp4",
)
_SAME_WAY = (
    "fps=30,scale=1920:1080:force_original_aspect_ratio=decrease:flags=bicubic,"
    "pad=1920:1080:(ow-iw)/2:(oh-ih)/2,setsar=1,format=yuv420p"
)
_EVERY = int(os.environ.get("FOOTAGE_VMAF_EVERY", "1"))  # frames: 1 looks at each
_TABLE = [(preset, crf) for preset in ("veryfast", "faster", "fast", "medium") for crf in (22, 24)]


@dataclass(frozen=True, slots=True)
class Row:
    """One encoding: VMAF mean and first percentile, megabytes, and what it cost."""

    name: str
    mean: float
    low: float
    size: float
    cost: Cost

    def __str__(self) -> str:
        return f"| {self.name} | {self.mean:.2f} | {self.low:.2f} | {self.size:.2f} | {self.cost.cpu:.1f} |"


def main() -> None:
    corpus = Path(os.environ.get("FOOTAGE_CORPUS", "../shared/corpus"))
    print("| settings | VMAF mean | 1st percentile | MB | CPU s |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="footage-quality-") as name:
        folder = Path(name)
        reference = join(corpus, folder / "reference.mp4")
        if sys.argv[1:] == ["table"]:
            for preset, crf in _TABLE:
                print(_x264(reference, folder, preset, crf), flush=True)
            if shutil.which("HandBrakeCLI"):
                print(_handbrake(reference, folder), flush=True)
            return
        sys.exit(_compare(reference, folder))


def join(corpus: Path, target: Path) -> Path:
    """The corpus clips at 1920x1080 and 30 frames/s, one after the other, without loss."""
    paths = [corpus / clip for clip in _CLIPS]
    inputs = [part for path in paths for part in ("-i", str(path))]
    chains = ";".join(f"[{n}:v:0]{_SAME_WAY}[v{n}]" for n in range(len(paths)))
    pads = "".join(f"[v{n}]" for n in range(len(paths)))
    graph = f"{chains};{pads}concat=n={len(paths)}[v]"
    lossless = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "0")
    _ffmpeg(*inputs, "-filter_complex", graph, "-map", "[v]", *lossless, str(target))
    return target


def _x264(reference: Path, folder: Path, preset: str, crf: int) -> Row:
    target = folder / f"{preset}-{crf}.mp4"
    settings = ("-c:v", "libx264", "-preset", preset, "-crf", str(crf), "-pix_fmt", "yuv420p", "-profile:v", "high")
    keys = ("-force_key_frames", "expr:gte(t,n_forced*2)", "-an")
    cost = cost_of(lambda _: _ffmpeg("-i", str(reference), *settings, *keys, str(target)), 0)
    return row(f"x264 {preset} CRF {crf}", target, reference, cost)


def _handbrake(reference: Path, folder: Path) -> Row:
    target = folder / "handbrake.mp4"
    command = ["HandBrakeCLI", "-Z", "Fast 1080p30", "-i", str(reference), "-o", str(target)]
    cost = cost_of(lambda _: subprocess.run(command, check=True, capture_output=True), 0)
    return row("HandBrake Fast 1080p30", target, reference, cost)


def row(name: str, made: Path, reference: Path, cost: Cost) -> Row:
    """Judge one encoding."""
    scores = vmaf(made, reference)
    low = scores[len(scores) // 100]
    return Row(name, sum(scores) / len(scores), low, made.stat().st_size / 1e6, cost)


def vmaf(made: Path, reference: Path) -> list[float]:
    """VMAF (v0.6.1) of every frame, lowest first."""
    log_path = made.with_suffix(".json")
    graph = f"[0:v][1:v]libvmaf=log_fmt=json:log_path={log_path}:n_threads=2:n_subsample={_EVERY}"
    _ffmpeg("-i", str(made), "-i", str(reference), "-lavfi", graph, "-f", "null", "-")
    frames = json.loads(log_path.read_text())["frames"]
    return sorted(frame["metrics"]["vmaf"] for frame in frames)


def _ffmpeg(*arguments: str) -> None:
    subprocess.run([executable(), "-v", "error", "-nostdin", "-y", *arguments], check=True)


def _compare(reference: Path, folder: Path) -> int:
    raise NotImplementedError


def at(score: float, first: Row, second: Row) -> float:
    """Megabytes between two rows at this VMAF: straight on a logarithmic scale, as rate and quality go."""
    share = (score - first.mean) / (second.mean - first.mean)
    return exp(log(first.size) + share * (log(second.size) - log(first.size)))


if __name__ == "__main__":
    main()
