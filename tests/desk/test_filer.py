"""A real SeaweedFS tells a real desk of what was put into it, and the desk receives it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from pydantic import SecretStr

from tests.desk.conftest import Desk, opened
from tests.servers.seaweed import Seaweed, running_seaweed
from tests.up import free_port
from worker.settings import Settings

NOTIFICATION = """
[notification.webhook]
enabled = true
endpoint = "http://127.0.0.1:{port}/api/s3-events"
bearer_token = "{token}"
event_types = ["create"]
backoff_seconds = 1
"""


@contextmanager
def served(desk: Desk, port: int) -> Iterator[None]:
    """The desk on a port of this machine, in a thread."""
    server = uvicorn.Server(uvicorn.Config(desk.client.app, host="127.0.0.1", port=port, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)


def settings(home: Path, store: Seaweed) -> Settings:
    return Settings(
        home=home,
        sandbox="off",
        reserve_bytes=0,
        ledger_url=SecretStr(f"sqlite:///{home}/ledger.sqlite"),
        **store.settings("rig"),
    )


def test_an_object_that_is_put_is_received_without_another_call(tmp_path):
    home, port = tmp_path / "home", free_port()
    with opened(Settings(home=home, sandbox="off", reserve_bytes=0), tmp_path) as before:
        token = before.ledger.keys.issue("filer", ["submit"])
        job = before.submit("巡查.mp4")
    with (
        running_seaweed(NOTIFICATION.format(port=port, token=token)) as store,
        opened(settings(home, store), tmp_path) as desk,
        served(desk, port),
    ):
        store.client().put_object(Bucket=store.bucket, Key=f"rig/incoming/{job.id}", Body=b"a film")
        until = time.monotonic() + 30
        while desk.ledger.job(job.id).state != "queued" and time.monotonic() < until:
            time.sleep(0.1)

        received = desk.ledger.job(job.id)
        assert (received.state, received.size) == ("queued", 6)
        assert [*desk.context.store.list("incoming/")] == []
