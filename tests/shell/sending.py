"""Endings, and who sends them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.leases import leased
from storage.lease_names import WEBHOOK_SENDER
from storage.records import Job, OutboxEntry
from tests.servers.portal import SECRET, Portal
from worker import posting
from worker.addresses import named
from worker.signing import key_of
from worker.webhook_sender import WebhookSender

HERE = named("127.0.0.1, ::1")


def courier(context: WorkContext, portal: Portal, /, **more: Any) -> WebhookSender:
    told = {name: more.pop(name) for name in ("delays", "longest") if name in more}
    to = posting.Portal(**{"url": portal.url, "local": HERE, "seconds": 5.0, **more})
    return WebhookSender(context, to, key_of(SECRET), **told)


@contextmanager
def at_work(courier: WebhookSender, every: float = 0.02) -> Iterator[threading.Event]:
    """As the supervisor runs it, with hardly a pause between the passes."""
    over = threading.Event()

    def work() -> None:
        with leased(courier.context.ledger.leases, WEBHOOK_SENDER, "test") as lease:
            while not over.wait(every):
                courier.tell(over, lease)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield over
    finally:
        over.set()
        thread.join()


def ended(context: WorkContext, state: str = "cancelled", **changes: Any) -> Job:
    job = context.ledger.create(name="绝密.mp4", programme="zhubo")
    moved = context.ledger.move(job.id, ["received"], state=state, **changes)
    assert moved
    return moved


def go_round(courier: WebhookSender, passes: int) -> None:
    """So many passes here and now."""
    with leased(courier.context.ledger.leases, WEBHOOK_SENDER, "test") as lease:
        for _ in range(passes):
            courier.tell(threading.Event(), lease)


def until(true: Callable[[], bool], within: float = 20) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def settled(context: WorkContext, job: Job, within: float = 20) -> OutboxEntry:
    """The job's last ending, once it is told or given up."""
    deadline = time.monotonic() + within
    while (ending := context.ledger.outbox.of(job.id)[-1]).due is not None:
        assert time.monotonic() < deadline, ending
        time.sleep(0.02)
    return ending
