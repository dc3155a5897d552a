"""`make bench`: the CPU of one whole job against the bare ffmpeg transcode with the same encoder settings.

Both sides in one run, alternating, the median of each: absolute times on a shared machine are not results. The job is
measured once more with every frame of the master decoded again (`gate = "decode"`).
FOOTAGE_BENCH_SECONDS (default 66), FOOTAGE_BENCH_ROUNDS (default 5), FOOTAGE_CORPUS.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from bench.clip import long_clip
from bench.jobs import CORPUS, ROUNDS, bare_command, job, seconds
from bench.measuring import alternating
from worker.app import load_campaign

_BOUND = 1.12


def main() -> None:
    length = seconds(66)
    with tempfile.TemporaryDirectory(prefix="footage-bench-") as name:
        folder = Path(name)
        clip = long_clip(CORPUS, folder / "clip.mp4", length)
        print(f"clip: {length} s of 1920x1080 at 30 frames/s, {clip.stat().st_size / 1e6:.0f} MB")
        decoding = _decoding(folder / "decode.toml")
        sides = {
            "bare ffmpeg": lambda _: _bare(clip, folder),
            "whole job": lambda n: job(clip, folder / f"home-{n}"),
            "every frame decoded": lambda n: job(clip, folder / f"decode-{n}", campaign=str(decoding)),
        }
        costs = alternating(sides, ROUNDS)
    ratios = {side: cost.cpu / costs["bare ffmpeg"].cpu for side, cost in costs.items()}
    print(f"one job costs {ratios['whole job']:.3f} x the bare transcode (bound {_BOUND})")
    print(f'with gate = "decode" it costs {ratios["every frame decoded"]:.3f} x')
    sys.exit(0 if ratios["whole job"] <= _BOUND else 1)


def _bare(clip: Path, folder: Path) -> None:
    profile = load_campaign("jiexi-2020").video_profile("zhubo")
    subprocess.run(bare_command(clip, folder / "bare.mp4", profile), check=True)


def _decoding(path: Path) -> Path:
    rules = (files("pipelines.domain") / "campaigns" / "jiexi-2020.toml").read_text(encoding="utf-8")
    path.write_text(rules.replace('gate = "stream"', 'gate = "decode"'), encoding="utf-8")
    return path


if __name__ == "__main__":
    main()
