"""The webhook sender: tells the portal of every ending of a job, signed, again and again until it has it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from typing import Any

import structlog

from pipelines.domain.errors import Transient
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.leases import Lease
from storage.records import OutboxEntry
from worker.addresses import named
from worker.posting import Portal
from worker.settings import Settings
from worker.signing import headers_of, key_of

log = structlog.get_logger()

DELAYS = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0)
LONGEST_SECONDS = 24 * 3600.0
_LOT = 1000  # endings looked at in one pass
_GONE = 410  # the portal wants no more of this


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """`delays`: seconds after each try that was missed, the last for all that follow; `longest`: from the ending on."""

    context: WorkContext
    portal: Portal
    key: bytes
    delays: tuple[float, ...] = DELAYS
    longest: float = LONGEST_SECONDS

    def tell(self, over: Event, lease: Lease) -> None:
        """One pass, what is new before what was missed. Raises StoreError where the ledger is away.

        It ends where the portal says nothing: the next one sees what came meanwhile, so that nothing new
        waits for more than one such silence.
        """
        due = self.context.ledger.outbox.due(_LOT)
        for ending in sorted(due, key=lambda ending: ending.tries):
            lease.check()
            if over.is_set() or not self._tell_of(ending, over):
                return

    def _tell_of(self, ending: OutboxEntry, over: Event) -> bool:
        """False where there was no answer. What would overtake an earlier ending of its job is left for later."""
        body = self._body(ending)
        if body is None:
            return True
        signed = headers_of(self.key, ending.id, int(time.time()), body)
        try:
            status = self.portal.post(body, {"Content-Type": "application/json", **signed}, over)
        except Transient as error:
            if not over.is_set():  # or it was us who hung up
                self._missed(ending, self._wait(ending), code=error.code, detail=error.detail)
            return False
        self._answered(ending, status)
        return True

    def _body(self, ending: OutboxEntry) -> bytes | None:
        """What is said; None while an earlier ending of this job is still to be told."""
        job = self.context.ledger.job(ending.job)  # before its endings: then none of those is later than what it says
        known = self.context.ledger.outbox.of(ending.job)
        before = known[: [one.id for one in known].index(ending.id)]
        if any(one.due is not None for one in before):
            return None
        same = job is not None and job.state == ending.state and known[-1].id == ending.id
        return _message(ending, job.findings if job and same else ())

    def _answered(self, ending: OutboxEntry, status: int) -> None:
        if 200 <= status < 300:
            self.context.ledger.outbox.told(ending.id)
            log.info("told", job=ending.job, state=ending.state, status=status, tries=ending.tries + 1)
        else:
            self._missed(ending, None if status == _GONE else self._wait(ending), status=status)

    def _missed(self, ending: OutboxEntry, wait: float | None, **why: Any) -> None:
        self.context.ledger.outbox.missed(ending.id, wait)
        said = {"job": ending.job, "state": ending.state, "tries": ending.tries + 1, **why}
        if wait is None:
            log.error("given up, the portal was not told", **said)
        else:
            log.warning("missed, will be told again", **said, seconds=wait)

    def _wait(self, ending: OutboxEntry) -> float | None:
        """By the ledger's times alone: no worker's clock is trusted."""
        wait = self.delays[min(ending.tries, len(self.delays) - 1)]
        spent = (ending.due or ending.at) - ending.at
        return wait if spent + wait <= self.longest else None


def _message(ending: OutboxEntry, findings: tuple[dict[str, str], ...]) -> bytes:
    found = [{key: finding[key] for key in ("code", "severity", "text")} for finding in findings]
    at = datetime.fromtimestamp(ending.at, UTC).isoformat(timespec="milliseconds")
    data = {"job": ending.job, "state": ending.state, "code": ending.code, "findings": found}
    said = {"type": f"submission.{ending.state}", "timestamp": at.replace("+00:00", "Z"), "data": data}
    return json.dumps(said, separators=(",", ":")).encode()


def open_webhook_sender(settings: Settings, context: WorkContext) -> WebhookSender | None:
    """None where nobody wants to be told."""
    if not settings.webhook_url:
        return None
    portal = Portal(settings.webhook_url, named(settings.webhook_allow))
    return WebhookSender(context, portal, key_of(settings.webhook_secret.get_secret_value()))
