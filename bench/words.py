"""What reading words costs: its share of a film's CPU, for films of 10 and 40 s, and seconds for a photo.

`python -m bench.words`: FOOTAGE_BENCH_ROUNDS (default 3), FOOTAGE_CORPUS. The films are real footage, which has few
words, and a photo of two banners, which has some.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.clip import long_clip
from bench.jobs import CORPUS
from bench.measuring import Cost, alternating
from tests.media.test_seen_words import SIGN, THEME, scene
from tests.unit.facts import JIEXI
from worker import logs
from worker.app import open_service
from worker.settings import Settings

_MOST_SHARE = 0.05


def main() -> None:
    logs.configure("ERROR")
    rounds = int(os.environ.get("FOOTAGE_BENCH_ROUNDS", "3"))
    with tempfile.TemporaryDirectory(prefix="footage-bench-") as name:
        folder = Path(name)
        rules = JIEXI.read_text(encoding="utf-8")
        (folder / "on.toml").write_text(rules, encoding="utf-8")
        (folder / "off.toml").write_text(rules.replace("least_side", "read_words = false\nleast_side"), "utf-8")
        shares = [_share(long_clip(CORPUS, folder / f"{s}.mp4", s), folder, rounds, f"film of {s} s") for s in (10, 40)]
        scene(THEME, SIGN).save(folder / "photo.jpg", quality=92)
        photo = _compared(folder / "photo.jpg", folder, rounds, "photo")
        print(f"a photo: {photo['on'].cpu - photo['off'].cpu:.2f} s of CPU more")
    sys.exit(0 if max(shares) <= _MOST_SHARE else 1)


def _share(clip: Path, folder: Path, rounds: int, told: str) -> float:
    costs = _compared(clip, folder, rounds, told)
    share = costs["on"].cpu / costs["off"].cpu - 1
    print(f"{told}: {share:+.1%} of its CPU (bound {_MOST_SHARE:.0%})", flush=True)
    return share


def _compared(clip: Path, folder: Path, rounds: int, told: str) -> dict[str, Cost]:
    print(told)
    return alternating({side: _side(clip, folder, side) for side in ("on", "off")}, rounds)


def _side(clip: Path, folder: Path, side: str) -> Callable[[int], None]:
    def job(number: int) -> None:
        # A fresh home: a second job would find the work done.
        settings = Settings(
            home=folder / f"{clip.stem}-{side}-{number}", reserve_bytes=0, campaign=str(folder / f"{side}.toml")
        )
        service = open_service(settings)
        done = service.run(service.submit(clip, service.submission(clip.name)).id)
        assert done.state == "published", done.findings

    return job


if __name__ == "__main__":
    main()
