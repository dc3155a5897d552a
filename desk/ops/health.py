"""Answer health checks, which have no key: whether the desk is alive, and whether it can accept a submission."""

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
_FRESH = 1.0  # seconds for which an answer is reused

Answer = TypeVar("Answer")


class Question(Generic[Answer]):
    """A check that runs in a thread of its own, once at a time, and whose answer is shared.

    Callers that ask meanwhile, or within a second after it was started, get the same answer. So a store that hangs
    blocks only one thread, however often clients without a key ask. `otherwise`: the answer if the check fails.
    """

    def __init__(self, find: Callable[[], Answer], otherwise: Answer) -> None:
        self._find, self._otherwise = find, otherwise
        self._lock = threading.Lock()
        self._answer: Future[Answer] | None = None
        self._asked = 0.0

    def ask(self) -> Future[Answer]:
        """Return a future for the answer, which is never an exception."""
        with self._lock:
            if self._answer is None or (self._answer.done() and time.monotonic() - self._asked > _FRESH):
                self._answer, self._asked = Future(), time.monotonic()
                threading.Thread(target=self._work, args=(self._answer,), name="check", daemon=True).start()
            return self._answer

    def _work(self, answer: Future[Answer]) -> None:
        try:
            found = self._find()
        except Exception as error:  # noqa: BLE001 - any failure of a check gives the same answer
            log.warning("a check failed", extra={"check": self._find.__name__, "detail": str(error)})
            found = self._otherwise
        answer.set_result(found)


class Watch:
    """The checks of the ledger, the store and the queue, run on request."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self.waiting: Question[dict[str, int]] = Question(self._waiting, {})
        self._checks = {
            "ledger": Question(self._ledger, {"ledger": "away"}),
            "store": Question(self._store, {"store": "away"}),
            "queue": Question(self._queue, {"queue": "away"}),
        }

    async def look(self) -> dict[str, str]:
        """Return `ok` or a reason for each check.

        If the ledger is away, only its own check is returned: the state of the workers is known from the ledger alone.
        """
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
        """Return the number of messages by lane, or an empty dict if the queue is away."""
        messages = self._monitor.pending()
        return {} if max(messages.values()) >= AWAY else messages


# Both are async, so that they need none of the threads that other requests share: a hanging store may block them all.


async def health() -> Response:
    """Answer that the desk is alive, and check nothing else: it must not be restarted because its store is away."""
    return JSONResponse({"ok": True})


async def ready(request: Request) -> Response:
    """Answer whether a submission sent now would be accepted and processed; 503 with the failed checks if not."""
    watch: Watch = request.app.state.watch
    checks = await watch.look()
    fine = all(said == "ok" for said in checks.values())
    return JSONResponse({"ready": fine, "checks": checks}, status_code=200 if fine else 503)
