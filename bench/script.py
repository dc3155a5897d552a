"""The whole job against the script a user would write: transcode, PySceneDetect, clips encoded, stills, a storyboard.

`python -m bench.script`: FOOTAGE_BENCH_SECONDS (default 60), FOOTAGE_BENCH_ROUNDS (default 5), FOOTAGE_CORPUS.
Both sides in one run, alternating.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from scenedetect import AdaptiveDetector, detect

from bench.clip import long_clip
from bench.jobs import CORPUS, ROUNDS, bare_command, job, seconds
from bench.measuring import alternating
from pipelines.domain.profiles import VideoProfile
from pipelines.tools.ffmpeg.binary import executable
from worker.app import load_campaign

_FASTER = {60: 1.6, 600: 1.25}


def main() -> None:
    length = seconds(60)
    profile = load_campaign("jiexi-2020").video_profile("zhubo")
    with tempfile.TemporaryDirectory(prefix="footage-bench-") as name:
        folder = Path(name)
        clip = long_clip(CORPUS, folder / "clip.mp4", length)
        costs = alternating(
            {
                "whole job": lambda n: job(clip, folder / f"home-{n}"),
                "the script": lambda _: script(clip, profile, folder),
            },
            ROUNDS,
        )
    cpu, wall = (getattr(costs["the script"], x) / getattr(costs["whole job"], x) for x in ("cpu", "wall"))
    bound = _FASTER.get(length, 1.0)
    print(f"{length} s: the whole job is {cpu:.2f} x as fast as the script by CPU, {wall:.2f} x by the clock", end=" ")
    print(f"(bound {bound})")
    sys.exit(0 if min(cpu, wall) >= bound else 1)


def script(clip: Path, profile: VideoProfile, folder: Path) -> None:
    """One ffmpeg each, with the same settings, as it would be typed."""
    master = folder / "script.mp4"
    subprocess.run(bare_command(clip, master, profile), check=True)
    scenes = detect(str(clip), AdaptiveDetector())
    length = max((end.seconds for _, end in scenes), default=60.0)
    starts = [length * share for share in (0.1, 0.4, 0.7)]
    for number, start in enumerate(starts):
        encoder = ("-c:v", "libx264", "-preset", profile.preset, "-crf", str(profile.crf), "-c:a", "aac")
        _ffmpeg("-ss", f"{start:.2f}", "-i", str(master), "-t", "12", *encoder, str(folder / f"clip-{number}.mp4"))
    for number in range(profile.stills + 1):
        at = f"{length * (number + 0.5) / (profile.stills + 1):.2f}"
        _ffmpeg("-ss", at, "-i", str(master), "-frames:v", "1", str(folder / f"still-{number}.jpg"))
    sheet = f"fps=50/{length:.0f},scale={profile.tile_width}:-2,tile={profile.storyboard_columns}x10"
    _ffmpeg("-i", str(master), "-vf", sheet, "-frames:v", "1", str(folder / "storyboard.jpg"))


def _ffmpeg(*arguments: str) -> None:
    subprocess.run([executable(), "-v", "error", "-nostdin", "-y", *arguments], check=True)


if __name__ == "__main__":
    main()
