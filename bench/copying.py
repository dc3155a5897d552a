"""What an original costs that already complies: the whole job, which copies it, against its bare transcode.

`python -m bench.copying`: FOOTAGE_BENCH_SECONDS (default 60), FOOTAGE_BENCH_ROUNDS (default 5), FOOTAGE_CORPUS.
Both sides in one run, alternating. What does not grow with length weighs on a short film: see both 60 and 600.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from bench.clip import long_clip
from bench.jobs import CORPUS, ROUNDS, bare_command, job, seconds
from bench.measuring import alternating
from pipelines.tools.ffmpeg.binary import executable
from worker.app import load_campaign

_BOUND = 0.20


def main() -> None:
    length = seconds(60)
    profile = load_campaign("jiexi-2020").video_profile("zhubo")
    with tempfile.TemporaryDirectory(prefix="footage-bench-") as name:
        folder = Path(name)
        original = compliant(long_clip(CORPUS, folder / "clip.mp4", length), folder / "compliant.mp4")
        bare = bare_command(original, folder / "bare.mp4", profile)
        costs = alternating(
            {
                "compliant, whole job": lambda n: job(original, folder / f"home-{n}"),
                "its bare transcode": lambda _: subprocess.run(bare, check=True),
            },
            ROUNDS,
        )
    ratio = costs["compliant, whole job"].cpu / costs["its bare transcode"].cpu
    print(f"{length} s: a compliant original costs {ratio:.3f} x its transcode (bound {_BOUND})")
    sys.exit(0 if ratio <= _BOUND else 1)


def compliant(clip: Path, target: Path) -> Path:
    """What already is 1080p H.264 at 30 frames/s and 12 Mbit/s, a key frame a second, its sound at −24 LKFS."""
    picture = ("-c:v", "libx264", "-preset", "veryfast", "-b:v", "12M", "-maxrate", "14M", "-bufsize", "14M")
    sound = ("-af", "loudnorm=I=-24:TP=-3", "-c:a", "aac", "-b:a", "160k", "-ar", "48000", "-ac", "2")
    command = [executable(), "-v", "error", "-nostdin", "-y", "-i", str(clip), *picture, "-g", "30", *sound]
    subprocess.run([*command, "-pix_fmt", "yuv420p", str(target)], check=True)
    return target


if __name__ == "__main__":
    main()
