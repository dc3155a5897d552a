"""Fixtures of every room. Servers are real and started here; where one can't start, the test fails."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.running import Footage

if TYPE_CHECKING:
    from tests.servers.postgres import Postgres
    from tests.servers.seaweed import Seaweed
    from tests.servers.valkey import Valkey
    from tests.up import Machine

# Files that look at one machine, in one process: each process would start its own. The longest first.
ONE_MACHINE = (
    *("test_item", "test_trimming", "test_people", "test_sending", "test_signing_in", "test_finding_items"),
    *("test_access", "test_desk", "test_evidence", "test_monitoring", "test_tus", "test_units", "test_packages"),
    *("test_client", "test_board", "test_finding", "test_zygote"),
)
# The longest other files first, or one process would be left with the last of them.
FIRST = (
    "test_master",
    "test_errand",
    "test_workers",
    "test_lanes",
    "test_cutting",
    "test_editions",
    "test_job_machine",
)


def _is_of_the_machine(path: Path) -> bool:
    return path.stem in ONE_MACHINE and path.parent.name in {"browser", "shell"}


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect no garbage while tests are: seven thousand objects of pytest and all that is imported stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put whole files in another order; what is in them keeps its own."""
    places = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda it: -1 if _is_of_the_machine(it.path) else places.get(it.path.stem, len(FIRST)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process whole files, and one of them every file of the machine."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            return "machine" if _is_of_the_machine(Path(path)) else path

    return ByFile(config, log)


# Servers are imported by those who ask for them: the unit tests pay for none. One session fixture, one server; but
# SeaweedFS, up in half a second, goes on using a fifth of a core once it was used: each module has its own.


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    from tests.servers.postgres import running_postgres

    with running_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def seaweed() -> Iterator[Seaweed]:
    from tests.servers.seaweed import running_seaweed

    with running_seaweed() as server:
        yield server


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    from tests.servers.valkey import running_valkey

    with running_valkey() as server:
        yield server


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory, small: Path) -> Iterator[Machine]:
    """`footage up`, running, for small films."""
    from tests.up import running_machine

    with running_machine(tmp_path_factory.mktemp("machine") / "home", FOOTAGE_CAMPAIGN=str(small)) as up:
        yield up


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The county's campaign for films of 640x360: a ninth of the work, where size is not the point."""
    from tests.unit.facts import small_rules

    path = tmp_path_factory.mktemp("campaign") / "small.toml"
    path.write_text(small_rules(), encoding="utf-8")
    return path


@pytest.fixture
def footage(tmp_path: Path, small: Path) -> Footage:
    """The command line on an empty home, for small films."""
    return Footage(tmp_path / "home", (("FOOTAGE_CAMPAIGN", str(small)),))


@pytest.fixture(scope="session")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The county's campaign in its own sizes, encoded in haste, and no words read."""
    from tests.unit.facts import hasty_rules

    path = tmp_path_factory.mktemp("campaign") / "hasty.toml"
    path.write_text(hasty_rules(), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Real media. The suite passes without it: these tests alone are skipped."""
    path = Path(os.environ.get("FOOTAGE_CORPUS", "../shared/corpus"))
    if not path.is_dir():
        pytest.skip(f"no corpus at {path}: set FOOTAGE_CORPUS")
    return path
