"""Send the portal a signed webhook for every ending of a job, and retry until the portal accepts it."""

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
from storage.records import OutboxEntry, RecordedFinding
from worker.addresses import named
from worker.posting import Portal
from worker.settings import Settings
from worker.signing import headers_of, key_of

log = structlog.get_logger()

DELAYS = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0)
LONGEST_SECONDS = 24 * 3600.0
_LOT = 1000  # endings read in one pass
_GONE = 410  # HTTP status: the portal wants no further attempt


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """The webhook sender. `delays`: seconds to wait after each failed attempt; the last one applies to all that follow.

    `longest`: seconds after the ending in which attempts are made.
    """

    context: WorkContext
    portal: Portal
    key: bytes
    delays: tuple[float, ...] = DELAYS
    longest: float = LONGEST_SECONDS

    def tell(self, over: Event, lease: Lease) -> None:
        """Send the due endings once, new ones before failed ones. Raises StoreError if the ledger is away.

        The pass ends when the portal does not answer. The next pass sees the endings that have come meanwhile, so
        that a new ending waits for one time-out at most.
        """
        due = self.context.ledger.outbox.due(_LOT)
        for ending in sorted(due, key=lambda ending: ending.tries):
            lease.check()
            if over.is_set() or not self._tell_of(ending, over):
                return

    def _tell_of(self, ending: OutboxEntry, over: Event) -> bool:
        """Send one ending; return False if there was no answer.

        An ending that would overtake an earlier one of its job is left for later.
        """
        body = self._body(ending)
        if body is None:
            return True
        signed = headers_of(self.key, ending.id, int(time.time()), body)
        try:
            status = self.portal.post(body, {"Content-Type": "application/json", **signed}, over)
        except Transient as error:
            if not over.is_set():  # otherwise this process cut the connection
                self._missed(ending, self._wait(ending), code=error.code, detail=error.detail)
            return False
        self._answered(ending, status)
        return True

    def _body(self, ending: OutboxEntry) -> bytes | None:
        """Return the body of the message, or None while an earlier ending of this job is still to be sent."""
        # The job is read before its endings, so that a later ending is seen and findings of another run are not sent.
        job = self.context.ledger.job(ending.job)
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
        """Return the seconds to the next attempt, or None to give up; only the ledger's clock is used."""
        wait = self.delays[min(ending.tries, len(self.delays) - 1)]
        spent = (ending.due or ending.at) - ending.at
        return wait if spent + wait <= self.longest else None


def _message(ending: OutboxEntry, findings: tuple[RecordedFinding, ...]) -> bytes:
    at = datetime.fromtimestamp(ending.at, UTC).isoformat(timespec="milliseconds")
    data = {"job": ending.job, "state": ending.state, "code": ending.code, "findings": [finding.told() for finding in findings]}
    said = {"type": f"submission.{ending.state}", "timestamp": at.replace("+00:00", "Z"), "data": data}
    return json.dumps(said, separators=(",", ":")).encode()


def open_webhook_sender(settings: Settings, context: WorkContext) -> WebhookSender | None:
    """Return the webhook sender of these settings, or None if FOOTAGE_WEBHOOK_URL is not set."""
    if not settings.webhook_url:
        return None
    portal = Portal(settings.webhook_url, named(settings.webhook_allow))
    return WebhookSender(context, portal, key_of(settings.webhook_secret.get_secret_value()))
