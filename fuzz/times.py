"""`python -m fuzz.times`: films with all kinds of presentation times, in six containers, held against a burnt-in clock.

Regular, jittered, with gaps, with two frames at one time, picture or sound late. Each is published as long as it was,
picture and sound as long as each other, every frame shown when the original shows it, and in step.
FOOTAGE_FUZZ_TIMES (default 5000), FOOTAGE_FUZZ_FIRST (default 0: the number of the first film, which is its seed).
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from pathlib import Path

from fuzz.timed_films import CONTAINERS, TimedFilm, drawn, write
from pipelines.domain.model import Refusal, VideoPlan
from pipelines.sandbox.limits import Scratch
from pipelines.stages.plan import make_plan
from pipelines.stages.render import encode
from pipelines.tools.video import probe_video
from tests.media.clock import HEIGHT, WIDTH, Shown, shown_in
from tests.unit.facts import tiny_campaign

_LENGTH, _STEP = Fraction(1, 20), Fraction(1, 50)  # seconds: of the whole; of sound against picture


def faults(number: int, folder: Path) -> list[str]:
    """Return all that is wrong with the master of the film of this number."""
    film = drawn(number)
    path = write(film, folder / f"film.{film.suffix}")
    with path.open("rb") as file:
        facts = probe_video.read(file.fileno(), lambda _: None)
    if isinstance(facts, Refusal):
        return [f"{film}: {facts.finding.code}"]
    plan = make_plan(facts, tiny_campaign(WIDTH, HEIGHT), "zhubo", confined=False)
    assert isinstance(plan, VideoPlan)
    encoded = encode(plan, path, Scratch(folder, confined=False), lambda *_: None, lambda: None)
    if isinstance(encoded, Refusal):
        return [f"{film}: {encoded.finding.code}"]
    shown = shown_in(folder / "master.mp4")
    return [
        f"{number} {film.kind} {film.suffix} {film.rate}: {fault}"
        for fault in _wrong(film, shown, plan.encoding.frame_rate)
    ]


def _wrong(film: TimedFilm, shown: Shown, rate: Fraction) -> Iterator[str]:
    step = 1 / rate
    whole = max(film.end, film.sound_end if film.sound_end else film.end) - film.origin
    if abs(len(shown.frames) * step - whole) > max(_LENGTH, step):
        yield f"{float(len(shown.frames) * step):.3f} s instead of {float(whole):.3f}"
    if abs(shown.sound_length - len(shown.frames) * step) > step:
        yield f"sound of {float(shown.sound_length):.3f} s beside {len(shown.frames)} frames at {rate}"
    clock, near = film.clock, step / 2 + film.rounding
    for number, seen in enumerate(shown.frames):
        if seen not in (due := film.due(clock, number * step, near)):
            yield f"frame {number} at {float(number * step):.3f} s shows {seen}, not {due}"
            break
    if film.is_regular and rate == film.rate and len(set(shown.frames)) < min(len(film.times), len(shown.frames)):
        yield "a frame twice"
    for due in film.clicks:
        if shown.clicks is not None and min((abs(at - due) for at in shown.clicks), default=99) > _STEP:
            yield f"no click at {float(due):.3f} s, but at {[round(float(at), 3) for at in shown.clicks]}"
            break


def main() -> None:
    """Draw films by the thousand, two at a time; status 1 where one came out wrong."""
    logging.disable()
    count, first = (int(os.environ.get(f"FOOTAGE_FUZZ_{n}", v)) for n, v in (("TIMES", "5000"), ("FIRST", "0")))
    wrong: list[str] = []
    with ProcessPoolExecutor(2) as pool:
        for done, found in enumerate(pool.map(_one, range(first, first + count), chunksize=20), 1):
            wrong += found
            print(f"{done}/{count}", end="\r", file=sys.stderr, flush=True)
    print(f"{count} films in {len(CONTAINERS)} containers, {len(wrong)} faults" + "".join(f"\n{it}" for it in wrong))
    sys.exit(1 if wrong else 0)


def _one(number: int) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="footage-times-") as name:
        return faults(number, Path(name))


if __name__ == "__main__":
    main()
