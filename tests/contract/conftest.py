"""What the contract suites run on: real servers, started here. One that can't start fails its tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import NullPool, create_engine

from storage.base import Store
from storage.ledger import Ledger
from storage.local import LocalStore
from storage.s3 import S3Store
from storage.schema import metadata
from tests.contract.helpers import ExaminedLedger
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
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    """Makes a file with this content."""

    def make(content: bytes) -> Path:
        path = tmp_path / sha256(content).hexdigest()
        path.write_bytes(content)
        return path

    return make


@pytest.fixture
def back(tmp_path: Path) -> Path:
    return tmp_path / "back"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty ledger, to be copied: making one takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "ledger.db"
    Ledger(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgres: Postgres) -> str:
    """A ledger that is emptied before each test that asks for it."""
    url = postgres.fresh_database()
    Ledger(url).close()
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    shutil.copyfile(sqlite_template, tmp_path / "ledger.db")
    return f"sqlite:///{tmp_path}/ledger.db"


@pytest.fixture
def postgresql_url(postgresql_template: str) -> str:
    engine = create_engine(postgresql_template, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(";".join(f'DELETE FROM "{table}"' for table in metadata.tables))
    return postgresql_template


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty ledger."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new.db"
    return request.getfixturevalue("postgres").fresh_database()


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[ExaminedLedger]:
    with closing(ExaminedLedger(ledger_url)) as opened:
        yield opened
