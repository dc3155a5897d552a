"""`make bench`: the CPU of one whole job against the bare ffmpeg transcode with the same encoder settings.

Both sides in one run, alternating, the median of each: absolute times on a shared machine are not results.
FOOTAGE_BENCH_SECONDS (default 66), FOOTAGE_BENCH_ROUNDS (default 3), FOOTAGE_CORPUS.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.clip import long_clip
from bench.measuring import alternating
from pipelines.profiles import VideoProfile
from pipelines.video import executable
from worker.app import load_campaign

_BOUND = 1.25


def main() -> None:
    seconds = int(os.environ.get("FOOTAGE_BENCH_SECONDS", "66"))
    rounds = int(os.environ.get("FOOTAGE_BENCH_ROUNDS", "3"))
    corpus = Path(os.environ.get("FOOTAGE_CORPUS", "../shared/corpus"))
    with tempfile.TemporaryDirectory(prefix="footage-bench-") as name:
        folder = Path(name)
        clip = long_clip(corpus, folder / "clip.mp4", seconds)
        print(f"clip: {seconds} s of 1920x1080 at 30 frames/s, {clip.stat().st_size / 1e6:.0f} MB")
        # A fresh home each time: a second job would find the work done.
        sides = {"bare ffmpeg": lambda _: _bare(clip, folder), "whole job": lambda n: _job(clip, folder / f"home-{n}")}
        costs = alternating(sides, rounds)
    ratio = costs["whole job"].cpu / costs["bare ffmpeg"].cpu
    print(f"one job costs {ratio:.3f} x the bare transcode (bound {_BOUND})")
    sys.exit(0 if ratio <= _BOUND else 1)


def _bare(clip: Path, folder: Path) -> None:
    profile = load_campaign("jiexi-2020").video_profile("zhubo")
    subprocess.run(bare_command(clip, folder / "bare.mp4", profile), check=True)


def bare_command(clip: Path, target: Path, profile: VideoProfile) -> list[str]:
    """What a careful user would type: the master alone, encoded with the profile's settings."""
    graph = f"fps=30,scale={profile.width}:{profile.height}:flags=bicubic,setsar=1,format={profile.pixel_format}"
    return [
        *(executable(), "-v", "error", "-nostdin", "-y", "-i", str(clip), "-vf", graph),
        *("-c:v", "libx264", "-preset", profile.preset, "-crf", str(profile.crf), "-profile:v", profile.profile),
        *("-psy-rd", f"{profile.psy}:0"),
        *("-force_key_frames", f"expr:gte(t,n_forced*{profile.gop_seconds})", "-movflags", "+faststart"),
        *("-c:a", profile.audio_codec, "-b:a", str(profile.audio_bitrate), "-ar", str(profile.sample_rate)),
        *("-ac", str(profile.channels), str(target)),
    ]


def _job(clip: Path, home: Path) -> None:
    command = [sys.executable, "-m", "worker.cli", "process", str(clip), "--json"]
    environment = {**os.environ, "FOOTAGE_HOME": str(home)}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
