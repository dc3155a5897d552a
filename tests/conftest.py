"""Fixtures of every room. Servers are real and started here; where one can't start, the test fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.running import Footage
from tests.servers.postgres import postgres
from tests.servers.seaweed import seaweed
from tests.servers.valkey import valkey
from tests.up import machine

# Imported here once: a session fixture imported twice starts its server twice.
__all__ = ["machine", "postgres", "seaweed", "valkey"]


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
