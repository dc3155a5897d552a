"""The parsers that are ours raise nothing but what they promise: findings kept, and the short form of the fuzzing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from fuzz.examples import EXAMPLES
from fuzz.parsers import FINDINGS, NAMES
from fuzz.targets import TARGETS

KEPT = sorted(path for path in FINDINGS.glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_once_crashed_a_parser_no_longer_does(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("name", NAMES)
def test_no_changed_document_crashes_its_parser(name: str) -> None:
    for example in EXAMPLES[name]():
        TARGETS[name](example)
    for number in range(300):
        TARGETS[name](bytes([number % 8 + 1]) + Random(number).randbytes(64))


def test_no_request_that_the_api_describes_or_forbids_is_answered_otherwise_than_it_says() -> None:
    environment = {**os.environ, "FOOTAGE_FUZZ_EXAMPLES": "6"}

    done = subprocess.run(
        [sys.executable, "-m", "fuzz.api"],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Tested: 12" in done.stdout


def test_the_coverage_guided_fuzzer_runs_and_finds_nothing_in_a_second_each() -> None:
    atheris = pytest.importorskip("atheris", reason="atheris has no wheel for this machine")
    assert atheris
    environment = {**os.environ, "FOOTAGE_FUZZ_SECONDS": "1"}

    done = subprocess.run(
        [sys.executable, "-m", "fuzz.parsers"],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" ok ") == len(NAMES)
