"""What reading words costs: its share of a film's CPU, for films of 10 and 40 s, and seconds for a photo.

`python -m bench.words`: FOOTAGE_BENCH_ROUNDS (default 3), FOOTAGE_CORPUS. The films are real footage. Their jobs are
measured without reading, and the reading by itself, on as many of their stills as a plan names: the difference of two
jobs would be lost in the noise. A photo of two banners has more words than most.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

from bench.clip import long_clip
from bench.jobs import CORPUS, job
from bench.measuring import cost_of
from pipelines.domain.planning.lettering import pictures_read
from pipelines.sandbox import forked
from pipelines.sandbox.limits import Scratch
from pipelines.stages.lettering import read_words
from tests.media.test_seen_words import SIGN, THEME, scene
from tests.unit.facts import JIEXI

_ROUNDS = int(os.environ.get("FOOTAGE_BENCH_ROUNDS", "3"))
_MOST_SHARE = 0.05


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="footage-bench-") as name:
        folder = Path(name)
        rules = JIEXI.read_text(encoding="utf-8").replace("least_side", "read_words = false\nleast_side")
        (folder / "off.toml").write_text(rules, encoding="utf-8")
        shares = [_share(folder, seconds) for seconds in (10, 40)]
        scene(THEME, SIGN).save(folder / "photo.jpg", quality=92)
        print(f"a photo: {_reading(folder, ['photo.jpg']):.2f} s of CPU")
    sys.exit(0 if max(shares) <= _MOST_SHARE else 1)


def _share(folder: Path, seconds: int) -> float:
    clip = long_clip(CORPUS, folder / f"{seconds}.mp4", seconds)
    homes = [folder / f"{seconds}-{number}" for number in range(_ROUNDS)]
    costs = [cost_of(lambda _, home=home: job(clip, home, str(folder / "off.toml")), 0).cpu for home in homes]
    stills = sorted((homes[0] / "store" / "published").rglob("still-*.jpg"))[: pictures_read(Fraction(seconds), 4)]
    for still in stills:
        shutil.copy(still, folder)
    whole, reading = statistics.median(costs), _reading(folder, [still.name for still in stills])
    share = reading / whole
    said = f"film of {seconds} s: {len(stills)} stills read in {reading:.2f} s of {whole:.1f} s of CPU"
    print(f"{said}, {share:.1%} (bound {_MOST_SHARE:.0%})", flush=True)
    return share


def _reading(folder: Path, names: list[str]) -> float:
    """Return the CPU of one reading, the child's start and its networks included; the median of some."""
    costs = []
    for _ in range(_ROUNDS):
        before = forked.SERVER.spent
        read_words([(name, None) for name in names], Scratch(folder), lambda: None, {})
        costs.append(forked.SERVER.spent - before)
    return statistics.median(costs)


if __name__ == "__main__":
    main()
