"""`make chaos`: everything breaks at once, then every promise is held against what is left. Exit status 0: all hold.

FOOTAGE_CHAOS_JOBS (default 200; the faults go with them), FOOTAGE_CHAOS_SEED (default: drawn, and printed),
FOOTAGE_CHAOS_SHORT (any value: the run of `make test`), FOOTAGE_CHAOS_KEEP (any value: the folder stays),
FOOTAGE_CAMPAIGN (the rules by which films are made).
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from dataclasses import fields, replace
from pathlib import Path

from chaos.run import SHORT, Outcome, Size, TooLong, run
from chaos.schedule import Counts


def main() -> None:
    seed = int(os.environ.get("FOOTAGE_CHAOS_SEED") or secrets.randbelow(1 << 32))
    size = SHORT if os.environ.get("FOOTAGE_CHAOS_SHORT") else sized(int(os.environ.get("FOOTAGE_CHAOS_JOBS", "200")))
    folder = Path(tempfile.mkdtemp(prefix="footage-chaos-"))
    print(f"seed {seed}, {size.jobs} jobs, in {folder}", flush=True)
    try:
        outcome = run(folder, size, seed)
        show(outcome)
    except TooLong as error:
        sys.exit(f"not done after {size.limit:.0f} s (seed {seed}): {error}")
    finally:
        if not os.environ.get("FOOTAGE_CHAOS_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if outcome.held else 1)


def sized(jobs: int) -> Size:
    """The whole run, or as much of it as so many jobs are; each fault once at least."""
    part, whole = min(1.0, jobs / 200), Counts()
    numbers = {f.name: max(1, round(getattr(whole, f.name) * part)) for f in fields(Counts) if f.name != "longest"}
    return Size(jobs, replace(whole, **numbers), duration=Size().duration * part)


def show(outcome: Outcome) -> None:
    """The table."""
    print(f"\n{outcome.seconds:.0f} s\n\nbroken")
    kinds = dict.fromkeys(broken.kind for broken in outcome.broken)
    for kind in kinds:
        these = [broken for broken in outcome.broken if broken.kind == kind]
        away = sum(broken.ended - broken.began for broken in these)
        what: dict[str, int] = {}
        for broken in these:
            what[broken.what] = what.get(broken.what, 0) + 1
        said = ", ".join(f"{number} {name}" for name, number in what.items() if name)
        print(f"  {kind:<10} {len(these):>3} times  {away:>6.1f} s in all  {said}")
    print("\nseen")
    for note, figure in outcome.notes.items():
        print(f"  {note:<48} {figure}")
    print("\npromised")
    for verdict in outcome.verdicts:
        print(f"  {'ok ' if not verdict.wrong else 'NOT'}  {verdict.promise:<48} {verdict.figure}")
        for wrong in verdict.wrong[:20]:
            print(f"         {wrong}")


if __name__ == "__main__":
    main()
