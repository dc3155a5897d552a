"""The desk in this process, on an empty ledger: no worker, no browser, where neither is the point."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from desk.app import make_app
from desk.identity import Provider
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.lanes import NoWaker
from pipelines.service import Service
from storage.ledger import Ledger
from storage.records import Job
from worker.app import open_context
from worker.settings import Settings

PAGE = {"Accept": "text/html"}
EVERYTHING = ["submit", "read", "edit", "original", "operate"]


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk and what is behind it. `client`: asks with a key that may do everything."""

    context: WorkContext
    client: TestClient

    @property
    def ledger(self) -> Ledger:
        return self.context.ledger

    def holding(self, scopes: list[str], unit: str = "") -> TestClient:
        """Return a client that asks with a key of these scopes."""
        token = self.ledger.keys.issue("测试", scopes, unit=unit)
        return TestClient(self.client.app, headers={"Authorization": f"Bearer {token}"})

    def submit(self, name: str = "clip.mp4", **fields: Any) -> Job:
        return self.ledger.create(**{"name": name, "programme": "zhubo", **fields})

    def cards(self, path: str, client: TestClient | None = None) -> list[str]:
        """Return the names on the cards of a page."""
        answer = (client or self.client).get(path, headers=PAGE)
        assert answer.status_code == 200, answer.text
        return re.findall(r"<h2><a href=[^>]*><bdi>(.*?)</bdi>", answer.text)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened(
        Settings(home=tmp_path / "home", sandbox="off", reserve_bytes=0, max_upload_bytes=1 << 20), tmp_path
    ) as at:
        yield at


@contextmanager
def opened(settings: Settings, tmp_path: Path, provider: Provider | None = None) -> Iterator[Desk]:
    """A desk with these settings, and this identity provider."""
    context = open_context(settings)
    app = make_app(Service(context, NoWaker()), tmp_path / "uploads", settings.max_upload_bytes, 100_000, provider)
    with closing(context.ledger):
        yield Desk(context, Desk(context, TestClient(app)).holding(EVERYTHING))
