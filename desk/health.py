"""Is the desk alive, and is there all behind it that a submission needs? For health checks, which have no key."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from fastapi import Request
from starlette.responses import JSONResponse, Response

from pipelines.scheduling.lanes import AWAY, LANES
from pipelines.service import Monitor

log = logging.getLogger("footage")

PATIENCE = 2.0  # seconds that one check may take
_FRESH = 1.0  # seconds for which an answer is good enough for the next who asks

Answer = TypeVar("Answer")


class Question(Generic[Answer]):
    """Asked in a thread of its own, once at a time: whoever asks meanwhile, or just after, hears the same answer.

    So a store that hangs holds one thread, however often anybody without a key asks. `otherwise`: the answer where
    finding it fails.
    """

    def __init__(self, find: Callable[[], Answer], otherwise: Answer) -> None:
        self._find, self._otherwise = find, otherwise
        self._lock = threading.Lock()
        self._answer: Future[Answer] | None = None
        self._asked = 0.0

    def ask(self) -> Future[Answer]:
        """The answer to come: it never is an exception."""
        with self._lock:
            if self._answer is None or (self._answer.done() and time.monotonic() - self._asked > _FRESH):
                self._answer, self._asked = Future(), time.monotonic()
                threading.Thread(target=self._work, args=(self._answer,), name="check", daemon=True).start()
            return self._answer

    def _work(self, answer: Future[Answer]) -> None:
        try:
            found = self._find()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is no answer
            log.warning("a check failed", extra={"check": self._find.__name__, "detail": str(error)})
            found = self._otherwise
        answer.set_result(found)


class Watch:
    """What has to be there, looked at when somebody asks."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self.waiting: Question[dict[str, int]] = Question(self._waiting, {})
        self._checks = {
            "ledger": Question(self._ledger, {"ledger": "away"}),
            "store": Question(self._store, {"store": "away"}),
            "queue": Question(self._queue, {"queue": "away"}),
        }

    async def look(self) -> dict[str, str]:
        """`ok` or a reason for each check. Where the ledger is away, for it alone: who is at work, only it knows."""
        asked = {name: asyncio.wrap_future(check.ask()) for name, check in self._checks.items()}
        await asyncio.wait(asked.values(), timeout=PATIENCE)
        found: dict[str, str] = {}
        for name, answer in asked.items():
            found |= answer.result() if answer.done() else {name: "no answer in time"}
        return found if found["ledger"] == "ok" else {"ledger": found["ledger"]}

    def _ledger(self) -> dict[str, str]:
        served = {lane for lanes in self._monitor.workers() for lane in lanes}
        missing = ", ".join(lane for lane in LANES if lane not in served)
        workers = f"none for {missing}" if missing else "ok"
        return {"ledger": "ok", "workers": workers, "sweeper": "ok" if self._monitor.is_at_work("sweeper") else "none"}

    def _store(self) -> dict[str, str]:
        self._monitor.check_store()
        return {"store": "ok"}

    def _queue(self) -> dict[str, str]:
        return {"queue": "ok" if self._waiting() else "away"}

    def _waiting(self) -> dict[str, int]:
        """Messages by lane; nothing at all where the queue is away."""
        messages = self._monitor.pending()
        return {} if max(messages.values()) >= AWAY else messages


# Neither waits for one of the threads that all other requests share: those may all be waiting for a store that hangs.


async def health() -> Response:
    """Alive. Nothing else is asked: a desk is not to be started again because its store is away."""
    return JSONResponse({"ok": True})


async def ready(request: Request) -> Response:
    """Whether a submission sent now would be taken and worked on; 503 where not, with what is missing."""
    watch: Watch = request.app.state.watch
    checks = await watch.look()
    fine = all(said == "ok" for said in checks.values())
    return JSONResponse({"ready": fine, "checks": checks}, status_code=200 if fine else 503)
