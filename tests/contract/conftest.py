"""What the contract suites run on: real servers, started here. One that can't start fails its tests."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from storage.base import Store
from storage.local import LocalStore
from storage.s3 import S3Store
from tests.servers.seaweed import Seaweed, seaweed

__all__ = ["seaweed"]


@pytest.fixture
def local_store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def s3_store(seaweed: Seaweed) -> S3Store:
    return seaweed.store(f"test/{uuid4().hex}")


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest) -> Store:
    return request.getfixturevalue(f"{request.param}_store")
