"""What looking and listening adds to a job: shots, faces, shaking, sharpness, speech, loudness, the storyboard.

`python -m bench.analysis`: FOOTAGE_BENCH_SECONDS (default 66), FOOTAGE_BENCH_ROUNDS (default 5), FOOTAGE_CORPUS. The
decode and encode of a job with all that is analysed beside it, against the bare transcode of the same settings; the
difference, of the whole job. CPU, alternating, median. Hashing and the second muxer count as analysis here.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from bench.clip import long_clip
from bench.jobs import CORPUS, ROUNDS, bare_command, job, seconds
from bench.measuring import alternating
from pipelines.domain.model import ImageFacts, Refusal, VideoPlan
from pipelines.sandbox.limits import Scratch
from pipelines.stages.plan import make_plan
from pipelines.stages.probe import probe
from worker.app import load_campaign

_BOUND = 0.08


def main() -> None:
    if sys.argv[1:2] == ["--encode"]:
        _encode(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    profile = load_campaign("jiexi-2020").video_profile("zhubo")
    with tempfile.TemporaryDirectory(prefix="footage-bench-") as name:
        folder = Path(name)
        clip = long_clip(CORPUS, folder / "clip.mp4", seconds(66))
        bare = bare_command(clip, folder / "bare.mp4", profile)
        costs = alternating(
            {
                "bare ffmpeg": lambda _: subprocess.run(bare, check=True),
                "encode and analysis": lambda n: _in_a_process(clip, folder / f"scratch-{n}"),
                "whole job": lambda n: job(clip, folder / f"home-{n}"),
            },
            ROUNDS,
        )
    share = (costs["encode and analysis"].cpu - costs["bare ffmpeg"].cpu) / costs["whole job"].cpu
    print(f"analysis takes {share:.1%} of the job's CPU (bound {_BOUND:.0%})")
    sys.exit(0 if share <= _BOUND else 1)


def _in_a_process(clip: Path, scratch: Path) -> None:
    scratch.mkdir()
    subprocess.run([sys.executable, "-m", "bench.analysis", "--encode", str(clip), str(scratch)], check=True)


def _encode(clip: Path, folder: Path) -> None:
    """The one decode of a job, and all that is seen and heard in it."""
    from pipelines.stages.render import _encode as encode  # the stage has no name of its own outside

    scratch = Scratch(folder)
    facts = probe(clip, scratch)
    assert not isinstance(facts, Refusal | ImageFacts)
    plan = make_plan(facts, load_campaign("jiexi-2020"), "zhubo", confined=True)
    assert isinstance(plan, VideoPlan)
    assert not isinstance(encode(plan, clip, scratch, lambda *_: None, lambda: None), Refusal)


if __name__ == "__main__":
    main()
