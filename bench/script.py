"""The whole job against the script a user would write: transcode, PySceneDetect, clips encoded, stills, a storyboard.

`python -m bench.script`: FOOTAGE_BENCH_SECONDS (default 60), FOOTAGE_BENCH_ROUNDS (default 3), FOOTAGE_CORPUS. Then a
compliant original against its transcode. Both sides in one run, alternating.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from scenedetect import AdaptiveDetector, detect

from bench.__main__ import bare_command
from bench.clip import long_clip
from bench.measuring import alternating
from pipelines.profiles import VideoProfile
from pipelines.video import executable
from worker.app import load_campaign

_FASTER = {60: 1.6, 600: 1.25}
_COPY = 0.20


def main() -> None:
    seconds, rounds = (int(os.environ.get(f"FOOTAGE_BENCH_{n}", v)) for n, v in (("SECONDS", "60"), ("ROUNDS", "3")))
    corpus = Path(os.environ.get("FOOTAGE_CORPUS", "../shared/corpus"))
    profile = load_campaign("jiexi-2020").video_profile("zhubo")
    with tempfile.TemporaryDirectory(prefix="footage-bench-") as name:
        folder = Path(name)
        clip = long_clip(corpus, folder / "clip.mp4", seconds)
        good = _against_script(clip, profile, folder, rounds) >= _FASTER.get(seconds, 1.0)
        good &= _copying(_compliant(clip, folder), profile, folder, rounds) <= _COPY
    sys.exit(0 if good else 1)


def _against_script(clip: Path, profile: VideoProfile, folder: Path, rounds: int) -> float:
    costs = alternating(
        {
            "whole job": lambda n: _job(clip, folder / f"home-{n}"),
            "the script": lambda _: script(clip, profile, folder),
        },
        rounds,
    )
    cpu, wall = (getattr(costs["the script"], x) / getattr(costs["whole job"], x) for x in ("cpu", "wall"))
    print(f"the whole job is {cpu:.2f} x as fast as the script by CPU, {wall:.2f} x by the clock")
    return min(cpu, wall)


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


def _compliant(clip: Path, folder: Path) -> Path:
    """What a phone writes that already is 1080p H.264 at 30 frames/s, with a key frame a second."""
    path = folder / "compliant.mp4"
    phone = ("-c:v", "libx264", "-preset", "veryfast", "-b:v", "12M", "-maxrate", "14M", "-bufsize", "14M", "-g", "30")
    _ffmpeg("-i", str(clip), *phone, "-pix_fmt", "yuv420p", "-c:a", "aac", "-ar", "48000", "-ac", "2", str(path))
    return path


def _copying(original: Path, profile: VideoProfile, folder: Path, rounds: int) -> float:
    target = folder / "bare.mp4"
    costs = alternating(
        {
            "compliant, whole job": lambda n: _job(original, folder / f"copy-{n}"),
            "its bare transcode": lambda _: subprocess.run(bare_command(original, target, profile), check=True),
        },
        rounds,
    )
    ratio = costs["compliant, whole job"].cpu / costs["its bare transcode"].cpu
    print(f"a compliant original costs {ratio:.3f} x its transcode (bound {_COPY})")
    return ratio


def _job(clip: Path, home: Path) -> None:
    command = [sys.executable, "-m", "worker.cli", "process", str(clip), "--json"]
    environment = {**os.environ, "FOOTAGE_HOME": str(home)}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def _ffmpeg(*arguments: str) -> None:
    subprocess.run([executable(), "-v", "error", "-nostdin", "-y", *arguments], check=True)


if __name__ == "__main__":
    main()
