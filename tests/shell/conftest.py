"""A portal, a ledger, and what is logged: for those who tell the one of what is in the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from pipelines.scheduling.context import WorkContext
from tests.servers.portal import Portal, running_portal
from worker.app import open_context
from worker.settings import Settings


@pytest.fixture
def portal() -> Iterator[Portal]:
    with running_portal() as server:
        yield server


@pytest.fixture
def context(tmp_path: Path) -> Iterator[WorkContext]:
    opened = open_context(Settings(home=tmp_path / "home", sandbox="off"))
    with closing(opened.ledger):
        yield opened


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    structlog.reset_defaults()
    with capture_logs() as lines:
        yield lines
