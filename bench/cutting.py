"""What a clip costs that is cut at any frame, against encoding the same clip with the film's own settings.

`python -m bench.cutting`: FOOTAGE_BENCH_ROUNDS (default 5), FOOTAGE_CORPUS. Both read the finished master; CPU, median.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

from bench.clip import long_clip
from bench.jobs import CORPUS, ROUNDS, bare_command
from bench.measuring import alternating
from pipelines.domain.planning.films import encoding_of
from pipelines.tools.ffmpeg.binary import executable
from pipelines.tools.video.cutting import coded, cut_clip
from pipelines.tools.video.frames import Frames
from worker.app import load_campaign

_BOUND = 0.2
_CLIPS = ((Fraction(25, 10), Fraction(145, 10)), (Fraction(191, 10), Fraction(31)), (Fraction(41), Fraction(527, 10)))


def main() -> None:
    profile = load_campaign("jiexi-2020").video_profile("zhubo")
    encoding = encoding_of(profile, Fraction(30), "libx264")
    with tempfile.TemporaryDirectory(prefix="footage-bench-") as name:
        folder = Path(name)
        master = folder / "master.mp4"
        subprocess.run(bare_command(long_clip(CORPUS, folder / "camera.mp4", 60), master, profile), check=True)

        def cut(_: int) -> None:
            with Frames(master) as frames:
                film = coded(frames)
                for number, span in enumerate(_CLIPS):
                    cut_clip(frames, film, folder / f"cut-{number}.mp4", span, encoding)

        def encode(_: int) -> None:
            for number, (start, end) in enumerate(_CLIPS):
                bare = bare_command(master, folder / f"encoded-{number}.mp4", profile)
                at = bare.index("-i")
                length = ("-ss", str(float(start)), "-t", str(float(end - start)))
                subprocess.run([executable(), *bare[1:at], *length, *bare[at:]], check=True)

        costs = alternating({"cut": cut, "encoded": encode}, ROUNDS)
    ratio = costs["cut"].cpu / costs["encoded"].cpu
    print(f"three clips cut at any frame cost {ratio:.3f} x encoding them (bound {_BOUND})")
    sys.exit(0 if ratio <= _BOUND else 1)


if __name__ == "__main__":
    main()
