"""What the benches run: a whole job as a user starts it, and the bare transcode a careful user would type."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.domain.profiles import VideoProfile
from pipelines.tools.ffmpeg.binary import executable

CORPUS = Path(os.environ.get("FOOTAGE_CORPUS", "../shared/corpus"))
ROUNDS = int(os.environ.get("FOOTAGE_BENCH_ROUNDS", "5"))


def seconds(usual: int) -> int:
    """How long the clip is to be: FOOTAGE_BENCH_SECONDS, or as usual."""
    return int(os.environ.get("FOOTAGE_BENCH_SECONDS", str(usual)))


def job(clip: Path, home: Path, campaign: str = "jiexi-2020") -> None:
    """`footage process` of one file, in a fresh home: a second job would find the work done."""
    command = [sys.executable, "-m", "worker.cli", "process", str(clip), "--json"]
    environment = {**os.environ, "FOOTAGE_HOME": str(home), "FOOTAGE_CAMPAIGN": campaign}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def processed(files: Sequence[Path], home: Path) -> list[dict[str, Any]]:
    """What `footage process --json` says of each of these files, however they end."""
    command = [sys.executable, "-m", "worker.cli", "process", *map(str, files), "--json"]
    environment = {**os.environ, "FOOTAGE_HOME": str(home)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    return [json.loads(line) for line in done.stdout.splitlines()]


def bare_command(clip: Path, target: Path, profile: VideoProfile) -> list[str]:
    """What a careful user would type: the master alone, encoded with the profile's settings."""
    graph = f"fps=30,scale={profile.width}:{profile.height}:flags=bicubic,setsar=1,format={profile.pixel_format}"
    return [
        *(executable(), "-v", "error", "-nostdin", "-y", "-i", str(clip), "-vf", graph),
        *("-c:v", "libx264", "-preset", profile.preset, "-crf", str(profile.crf), "-profile:v", profile.profile),
        *("-psy-rd", f"{profile.psy}:0", "-aq-strength", str(profile.aq)),
        *("-maxrate", str(profile.max_bitrate), "-bufsize", str(2 * profile.max_bitrate)),
        *("-force_key_frames", f"expr:gte(t,n_forced*{profile.gop_seconds})", "-movflags", "+faststart"),
        *("-c:a", profile.audio_codec, "-b:a", str(profile.audio_bitrate), "-ar", str(profile.sample_rate)),
        *("-ac", str(profile.channels), str(target)),
    ]
