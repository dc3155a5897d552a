"""What the contract suites run on: real servers, started here. One that can't start fails its tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from storage.base import Store
from storage.ledger import Ledger
from storage.local import LocalStore
from storage.s3 import S3Store
from tests.servers.postgres import Postgres
from tests.servers.seaweed import Seaweed


@pytest.fixture
def local_store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def s3_store(seaweed: Seaweed) -> S3Store:
    return seaweed.store(f"test/{uuid4().hex}")


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest) -> Store:
    return request.getfixturevalue(f"{request.param}_store")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ledger.db"


@pytest.fixture
def postgresql_url(postgres: Postgres) -> str:
    return postgres.fresh_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with closing(Ledger(ledger_url)) as opened:
        yield opened
