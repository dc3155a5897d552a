"""`python -m fuzz.tracks`: films with every pair of usual and unusual sounds, in every order, flagged in every way.

Each is published with a stereo sound in which something is heard, or with silence where nothing in it has a decoder.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from itertools import permutations, product
from pathlib import Path

from tests.media import measures, tracks
from tests.unit.facts import small_rules
from worker.app import open_service
from worker.settings import Settings

_SOUNDS = ("aac", "unknown", "centres", "discrete-3", "discrete-4", "discrete-6", "discrete-16")
_AMBISONIC = [(f"ambisonic-{order}",) for order in (1, 2, 3)]
_FLAGS = {"first": (0,), "both": (0, 1), "none": ()}
_SILENCE = -80.0  # dBFS


def main() -> None:
    """Run the matrix; status 1 where one film came out wrong."""
    logging.disable()
    mixes = [(sound,) for sound in _SOUNDS] + list(permutations(_SOUNDS, 2))
    cases = [("mov", mix, flags) for mix, flags in product(mixes, _FLAGS)]
    cases += [("mkv", mix, "first") for mix in [*_AMBISONIC, ("discrete-5",), ("discrete-12",)]]
    wrong = []
    with tempfile.TemporaryDirectory(prefix="footage-tracks-") as name:
        campaign = Path(name) / "small.toml"
        campaign.write_text(small_rules(), encoding="utf-8")
        for number, (suffix, mix, flags) in enumerate(cases, 1):
            folder = Path(name) / str(number)
            folder.mkdir()
            film = tracks.film(folder / f"film.{suffix}", *mix, defaults=_FLAGS[flags])
            if fault := _fault(film, campaign, heard=set(mix) != {"unknown"}):
                wrong.append(f"{'+'.join(mix)} ({flags}): {fault}")
            print(f"{number}/{len(cases)}", end="\r", file=sys.stderr, flush=True)
    print(f"{len(cases)} films, {len(wrong)} wrong" + "".join(f"\n{line}" for line in wrong))
    sys.exit(1 if wrong else 0)


def _fault(film: Path, campaign: Path, *, heard: bool) -> str:
    """Why this film came out wrong; empty where it did not."""
    home = film.parent / "home"
    service = open_service(Settings(home=home, campaign=str(campaign), reserve_bytes=0))
    job = service.run(service.submit(film, service.submission(film.name)).id)
    if job.state != "published":
        return f"{job.state} {job.code}"
    service.export(job, film.parent)
    master = film.parent / "master.mp4"
    if measures.track(master, "Audio")["channel_s"] != 2:
        return "not stereo"
    return "" if (measures.loudness(master) > _SILENCE) == heard else "silence" if heard else "no silence"


if __name__ == "__main__":
    main()
