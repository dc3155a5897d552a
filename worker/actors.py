"""What a worker does when it is woken: take up the next job. Registered on an explicit broker, never at import.

A message wakes a lane and says nothing else. Which job is next, the ledger says: units take turns, and a worker of
several lanes takes the more urgent one first. So a message that comes twice, or after its job was taken, does no harm.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import dramatiq
import structlog

from pipelines.domain.errors import FootageError, Outage, Transient
from pipelines.service import Service
from worker.broker import actor_name

_PAUSE = 1.0  # seconds; whoever has just failed would find everything as it was

log = structlog.get_logger()


def register(broker: dramatiq.Broker, service: Service, lanes: Sequence[str], stopping: threading.Event) -> None:
    """Declare one actor a lane, for a worker of these lanes, the most urgent first."""

    def run() -> None:
        if stopping.is_set():
            return  # the job stays in the line
        try:
            job = service.take(lanes)
            if job:
                log.info("done", job=job.id, state=job.state)
        except Outage as error:
            log.warning("will be tried again", code=error.code, detail=error.detail)
            stopping.wait(_PAUSE)
        except Transient as error:
            log.info("will be tried again", code=error.code, detail=error.detail)
        except FootageError as error:
            log.error("not done", code=error.code, detail=error.detail)

    for lane in lanes:
        dramatiq.actor(broker=broker, actor_name=actor_name(lane), queue_name=lane)(run)
