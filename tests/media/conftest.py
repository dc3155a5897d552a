"""Homes whose ledger is there already: making one takes a tenth of what a small film does, and is tested elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from storage.ledger import Ledger
from tests.running import Footage
from tests.unit.facts import tiny_rules


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


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The county's campaign for films of 320x180."""
    path = tmp_path_factory.mktemp("campaign") / "tiny.toml"
    path.write_text(tiny_rules(), encoding="utf-8")
    return path


@pytest.fixture
def tiny_footage(tmp_path: Path, tiny: Path, empty_ledger: Path) -> Footage:
    """The command line on a home without jobs, for films of 320x180, where their size is no point."""
    return ready(Footage(tmp_path / "home", (("FOOTAGE_CAMPAIGN", str(tiny)),)), empty_ledger)


def ready(footage: Footage, ledger: Path) -> Footage:
    """Put the ledger into the home."""
    footage.home.mkdir()
    shutil.copyfile(ledger, footage.home / ledger.name)
    return footage
