"""Encoder settings by measurement: VMAF against bytes and CPU seconds, on real footage, beside HandBrake's preset.

`python -m bench.quality` measures the campaign's own settings and HandBrake's "Fast 1080p30" on the same clip, and says
what ours would take at HandBrake's VMAF. `python -m bench.quality table` writes the rows of docs/encoding.md.
Needs FOOTAGE_CORPUS and HandBrake (Debian: handbrake-cli); the table leaves out its row where it is not installed.
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

from bench.jobs import CORPUS
from bench.measuring import Cost, cost_of
from bench.tools import need
from pipelines.tools.ffmpeg.binary import executable
from worker.app import load_campaign

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
    if sys.argv[1:] != ["table"]:
        need("HandBrakeCLI")
    print("| settings | VMAF mean | 1st percentile | MB | CPU s |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="footage-quality-") as name:
        folder = Path(name)
        reference = join(CORPUS, folder / "reference.mp4")
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
    graph = f"{chains};{pads}concat=n={len(paths)},fps=30[v]"
    lossless = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "0")
    _ffmpeg(*inputs, "-filter_complex", graph, "-map", "[v]", *lossless, str(target))
    return target


def _x264(reference: Path, folder: Path, preset: str, crf: int, psy: float = 1.0, aq: float = 1.0, gop: int = 2) -> Row:
    target = folder / f"{preset}-{crf}.mp4"
    settings = ("-c:v", "libx264", "-preset", preset, "-crf", str(crf), "-pix_fmt", "yuv420p", "-profile:v", "high")
    keys = ("-psy-rd", f"{psy}:0", "-aq-strength", str(aq), "-force_key_frames", f"expr:gte(t,n_forced*{gop})", "-an")
    cost = cost_of(lambda _: _ffmpeg("-i", str(reference), *settings, *keys, str(target)), 0)
    return row(f"x264 {preset} CRF {crf} psy {psy:g} aq {aq:g} GOP {gop} s", target, reference, cost)


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
    """VMAF (v0.6.1) of every frame that is looked at, lowest first."""
    return sorted(vmaf_in_order(made, reference, every=_EVERY))


def vmaf_in_order(made: Path, reference: Path, first: int = 0, every: int = 1) -> list[float]:
    """VMAF (v0.6.1) of one in `every` frames, against a reference that is shown from its frame `first` on."""
    log_path = made.with_suffix(".json")
    # Tags that differ would have one side converted before it is compared.
    same = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
    sides = f"[0:v]{same}[made];[1:v]trim=start_frame={first},setpts=PTS-STARTPTS,{same}[reference];[made][reference]"
    graph = f"{sides}libvmaf=log_fmt=json:log_path={log_path}:n_threads=2:n_subsample={every}:shortest=1"
    _ffmpeg("-i", str(made), "-i", str(reference), "-lavfi", graph, "-f", "null", "-")
    frames = json.loads(log_path.read_text())["frames"]
    return [frame["metrics"]["vmaf"] for frame in frames]


def _ffmpeg(*arguments: str) -> None:
    subprocess.run([executable(), "-v", "error", "-nostdin", "-y", *arguments], check=True)


def _compare(reference: Path, folder: Path) -> int:
    """The master of a whole job against what it was made of; then ours at HandBrake's own VMAF."""
    profile = load_campaign("jiexi-2020").video_profile("zhubo")
    master = _master(reference, folder)
    print(master, flush=True)
    theirs = _handbrake(reference, folder)
    print(theirs, flush=True)
    settings = (profile.psy, profile.aq, profile.gop_seconds)
    ours = [_x264(reference, folder, profile.preset, profile.crf + more, *settings) for more in (1, 3, 5)]
    print("\n".join(map(str, ours)), flush=True)
    above = min((o for o in ours if o.mean >= theirs.mean), key=lambda o: o.mean)
    below = max((o for o in ours if o is not above), key=lambda o: -abs(o.mean - theirs.mean))
    size = at(theirs.mean, above, below) / theirs.size
    cpu = max(above.cost.cpu, below.cost.cpu) / theirs.cost.cpu
    print(f"master: VMAF {master.mean:.2f} mean (bound 93), {master.low:.2f} at the 1st percentile (bound 88)")
    print(f"at HandBrake's VMAF {theirs.mean:.2f}: {size:.3f} x its size (bound 0.85), {cpu:.3f} x its CPU (bound 0.8)")
    return 0 if master.mean >= 93 and master.low >= 88 and size <= 0.85 and cpu <= 0.8 else 1


def _master(reference: Path, folder: Path) -> Row:
    command = [sys.executable, "-m", "worker.cli", "process", str(reference), "--json"]
    environment = {**os.environ, "FOOTAGE_HOME": str(folder / "home")}
    told: list[str] = []

    def job(_: int) -> None:
        told.append(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)

    cost = cost_of(job, 0)
    outputs = json.loads(told[0])["outputs"]
    return row("our master, the whole job", Path(outputs[-1]["path"]).with_name("master.mp4"), reference, cost)


def at(score: float, first: Row, second: Row) -> float:
    """Megabytes between two rows at this VMAF: straight on a logarithmic scale, as rate and quality go."""
    share = (score - first.mean) / (second.mean - first.mean)
    return exp(log(first.size) + share * (log(second.size) - log(first.size)))


if __name__ == "__main__":
    main()
