"""Declare the actors that claim the next job when a lane is woken, on an explicit broker and never at import.

A message only wakes a lane. The ledger decides which job is next: units take turns, and a worker of several lanes
takes jobs of the more urgent lane first. So a message that arrives twice, or after its job was claimed, is harmless.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import dramatiq
import structlog

from pipelines.domain.errors import FootageError, Outage, Transient
from pipelines.service import Service
from worker.broker import actor_name

_PAUSE = 1.0  # seconds; an outage would most likely still be there at once

log = structlog.get_logger()


def register(broker: dramatiq.Broker, service: Service, lanes: Sequence[str], stopping: threading.Event) -> None:
    """Declare one actor per lane, for a worker of these lanes, the most urgent first."""

    def run() -> None:
        if stopping.is_set():
            return  # the job stays queued
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
