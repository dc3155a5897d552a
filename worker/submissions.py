"""Take submissions from portals that speak the queue alone: a message says what the file is and where the store has it.

docs/api.md describes the message. Whoever may write to the queue is trusted as the command line is.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated, Any

import dramatiq
import structlog
from pydantic import Field, ValidationError

from pipelines.domain.announcements import Announcement
from pipelines.domain.errors import FootageError, Transient
from pipelines.service import Service

QUEUE, ACTOR = "submissions", "submit"
_PAUSE = 2.0  # seconds between two tries while the ledger or the store is away

log = structlog.get_logger()


class SubmissionMessage(Announcement):
    """The arguments of a message. `id`: 32 hex digits, chosen by the portal; its object is `incoming/{id}`."""

    id: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


def register_submissions(broker: dramatiq.Broker, service: Service, uploads: Path, stopping: threading.Event) -> None:
    """Declare the actor that takes submissions. `uploads`: a folder for files on their way."""

    def submit(**said: Any) -> None:
        try:
            message = SubmissionMessage.model_validate(said)
        except ValidationError as error:
            log.error("a message of the queue is refused", detail=[found["loc"] for found in error.errors()])
            return
        while not _is_taken(service, message, uploads):
            if stopping.wait(_PAUSE):
                actor.send(**said)  # for the next worker: the message would be gone with this one
                return

    uploads.mkdir(parents=True, exist_ok=True)
    actor = dramatiq.actor(broker=broker, actor_name=ACTOR, queue_name=QUEUE)(submit)


def _is_taken(service: Service, message: SubmissionMessage, uploads: Path) -> bool:
    """Submit the file; return False where a later try may help. What no try helps is logged, without names."""
    try:
        fields = message.model_dump(exclude={"id", "urgent"})
        job = service.announce(service.submission(**fields), QUEUE, lane=message.lane, once=message.id)
        service.collect(job.id, uploads, source=message.id)
    except Transient as error:
        log.warning("will be tried again", code=error.code, detail=error.detail)
        return False
    except FootageError as error:
        log.error("a submission by the queue is refused", id=message.id, code=error.code)
    return True
