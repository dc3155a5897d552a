"""What is received is kept under its own hash, or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.domain.errors import WrongUse
from pipelines.scheduling.lanes import NoWaker
from pipelines.service import Service
from storage.local import LocalStore
from worker.app import open_context
from worker.settings import Settings


def test_a_file_that_is_still_being_written_is_not_taken_and_nothing_is_kept_of_it(tmp_path, monkeypatch):
    context = open_context(Settings(home=tmp_path / "home", reserve_bytes=0))
    service = Service(context, NoWaker())
    path, put = tmp_path / "card.mp4", LocalStore.put
    path.write_bytes(b"the first half")

    def while_it_is_written(store: LocalStore, key: str, source: Path, **said: Any) -> bool:
        with path.open("ab") as file:
            file.write(b" and the second")
        return put(store, key, source, **said)

    monkeypatch.setattr(LocalStore, "put", while_it_is_written)
    with pytest.raises(WrongUse) as refused:
        service.submit(path, service.submission(path.name))
    monkeypatch.undo()
    job = service.submit(path, service.submission(path.name))

    assert refused.value.code == "still-written"
    assert [blob.size for blob in context.store.list("originals/")] == [path.stat().st_size]
    assert job.size == path.stat().st_size
