"""Fixtures of every room. Servers are real and started here; where one can't start, the test fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.running import Footage


@pytest.fixture
def footage(tmp_path: Path) -> Footage:
    """The command line on an empty home."""
    return Footage(tmp_path / "home")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Real media. The suite passes without it: these tests alone are skipped."""
    path = Path(os.environ.get("FOOTAGE_CORPUS", "../shared/corpus"))
    if not path.is_dir():
        pytest.skip(f"no corpus at {path}: set FOOTAGE_CORPUS")
    return path
