"""Homes whose ledger is there already: making one takes a tenth of what a small film does, and is tested elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from storage.ledger import Ledger
from tests.running import Footage


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger without jobs, in today's version."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    Ledger(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def footage(footage: Footage, empty_ledger: Path) -> Footage:
    """The command line on a home without jobs, for small films."""
    return ready(footage, empty_ledger)


def ready(footage: Footage, ledger: Path) -> Footage:
    """Put the ledger into the home."""
    footage.home.mkdir()
    shutil.copyfile(ledger, footage.home / ledger.name)
    return footage
