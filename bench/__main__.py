"""`make bench`: the CPU of one whole job against the bare ffmpeg transcode with the same encoder settings.

Both sides in one run, alternating, the median of each: absolute times on a shared machine are not results.
FOOTAGE_BENCH_SECONDS (default 66), FOOTAGE_BENCH_ROUNDS (default 3), FOOTAGE_CORPUS.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench.clip import long_clip
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
        sides: dict[str, list[tuple[float, float]]] = {"bare ffmpeg": [], "whole job": []}
        for number in range(rounds):
            sides["bare ffmpeg"].append(_measure(lambda: _bare(clip, folder)))
            home = folder / f"home-{number}"  # a fresh one: a second job would find the work done
            sides["whole job"].append(_measure(lambda home=home: _job(clip, home)))
        ratio = _report(sides)
    sys.exit(0 if ratio <= _BOUND else 1)


def _report(sides: dict[str, list[tuple[float, float]]]) -> float:
    for side, runs in sides.items():
        cpu, wall = (median(run[i] for run in runs) for i in (0, 1))
        print(
            f"{side:<12} CPU {cpu:6.1f} s   wall {wall:6.1f} s   (median of {len(runs)}: "
            f"{', '.join(f'{run[0]:.1f}' for run in runs)})"
        )
    ratio = median(r[0] for r in sides["whole job"]) / median(r[0] for r in sides["bare ffmpeg"])
    print(f"one job costs {ratio:.3f} x the bare transcode (bound {_BOUND})")
    return ratio


def _measure(work: Callable[[], None]) -> tuple[float, float]:
    """CPU seconds of the children (theirs included) and wall seconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.monotonic() - began


def _bare(clip: Path, folder: Path) -> None:
    profile = load_campaign("jiexi-2020").video_profile("zhubo")
    subprocess.run(bare_command(clip, folder / "bare.mp4", profile), check=True)


def bare_command(clip: Path, target: Path, profile: VideoProfile) -> list[str]:
    """What a careful user would type: the master alone, encoded with the profile's settings."""
    graph = f"fps=30,scale={profile.width}:{profile.height}:flags=bicubic,setsar=1,format={profile.pixel_format}"
    return [
        *(executable(), "-v", "error", "-nostdin", "-y", "-i", str(clip), "-vf", graph),
        *("-c:v", "libx264", "-preset", profile.preset, "-crf", str(profile.crf), "-profile:v", profile.profile),
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
