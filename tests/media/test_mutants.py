"""The short form of `make fuzz`: one spoilt file of each kind through the whole pipeline."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from fuzz.mutations import MUTATIONS, mutate


def test_spoilt_files_end_published_or_refused_and_leave_nothing_behind(small):
    asked = {"FOOTAGE_FUZZ_MUTANTS": "25", "FOOTAGE_CORPUS": "none", "FOOTAGE_CAMPAIGN": str(small)}
    environment = {**os.environ, **asked}

    done = subprocess.run(
        [sys.executable, "-m", "fuzz.mutants"],
        capture_output=True,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[2],
        timeout=200,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "each published or refused; nothing left behind, nobody called" in done.stdout


def test_a_mutant_is_the_same_for_ever():
    data = bytes(range(256)) * 16

    again = [mutate(data, number) for number in range(100)]

    assert [mutate(data, number) for number in range(100)] == again
    assert {name for name, _ in again} == set(MUTATIONS)
    assert all(mutant != data for name, mutant in again if name.startswith("cut"))
