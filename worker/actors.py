"""What a worker does with a message: run the job it names. Registered on an explicit broker, never at import."""

from __future__ import annotations

from collections.abc import Callable

import dramatiq
import structlog

from pipelines.errors import Transient, UnknownJob
from pipelines.service import Service
from worker.broker import LANES, actor_name

_AGAIN_AFTER = 3_000  # milliseconds; a short fault is over, or another worker has made the same recipe

log = structlog.get_logger()


def register(broker: dramatiq.Broker, service: Service, again: Callable[..., None]) -> None:
    """Declare one actor a lane. `again(lane, job_id, delay=ms)` queues a job whose failure may pass."""

    def run(job_id: str) -> None:
        with structlog.contextvars.bound_contextvars(job=job_id):
            try:
                log.info("done", state=service.run(job_id).state)
            except UnknownJob:
                log.warning("message without a job")
            except Transient as error:
                log.warning("will be tried again", code=error.code, detail=error.detail)
                _back(service, job_id, again)

    for lane in LANES:
        dramatiq.actor(broker=broker, actor_name=actor_name(lane), queue_name=lane)(run)


def _back(service: Service, job_id: str, again: Callable[..., None]) -> None:
    """A job that another worker runs is not queued again: should that one die, the sweeper sees it."""
    try:
        job = service.status(job_id)
        if job.state == "queued":
            again(job.lane, job_id, delay=_AGAIN_AFTER)
    except Transient as error:
        log.warning("left to the sweeper", code=error.code, detail=error.detail)
