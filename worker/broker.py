"""Connect to the queue: one queue per lane, with messages that only wake its workers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker
from redis.exceptions import RedisError

from pipelines.domain.errors import WrongUse
from pipelines.scheduling.lanes import AWAY, LANES

log = structlog.get_logger()


def make_broker(url: str) -> RedisBroker:
    """Return a broker on Valkey or Redis. Raises WrongUse for an address that is none.

    The middleware list is explicit and empty: the service handles retries and time limits itself. A dead worker's
    messages return after the heartbeat time-out (15 s) only if maintenance runs on every fetch; with the defaults it
    took 1010 s (FACTS).
    """
    if urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise WrongUse(
            f"FOOTAGE_BROKER_URL: not a queue address, want redis://, rediss:// or unix://: {urlsplit(url).scheme!r}",
            code="settings-invalid",
            text="FOOTAGE_BROKER_URL 有误。",
        )
    try:
        urlsplit(url).port  # noqa: B018 - raises ValueError for an invalid port
    except ValueError as error:
        raise WrongUse(
            "FOOTAGE_BROKER_URL: no port", code="settings-invalid", text="FOOTAGE_BROKER_URL 有误。"
        ) from error
    broker: RedisBroker = RedisBroker(  # type: ignore[no-untyped-call]
        url=url,
        namespace="footage",
        middleware=[],
        heartbeat_timeout=15_000,
        maintenance_chance=1_000_000,
        socket_connect_timeout=10,
        socket_timeout=30,  # a silent server counts as away
    )
    for lane in LANES:
        broker.declare_queue(lane)
    return broker


def actor_name(lane: str) -> str:
    """Return the name of a lane's actor."""
    return f"run_{lane}"


class LaneWaker:
    """A :class:`pipelines.scheduling.lanes.Waker` that sends empty messages by a broker, one queue per lane.

    An outage of the broker is logged, not raised: the job is in the ledger, and the sweeper wakes its lane again.
    """

    def __init__(self, broker: RedisBroker) -> None:
        self._broker = broker

    def wake(self, lane: str) -> None:
        message: dramatiq.Message[Any] = dramatiq.Message(
            queue_name=lane, actor_name=actor_name(lane), args=(), kwargs={}, options={}
        )
        try:
            self._broker.enqueue(message)
        except (RedisError, dramatiq.errors.BrokerConnectionError) as error:
            log.warning("the queue is away, jobs wait in the ledger", lane=lane, detail=str(error))

    def pending(self, lane: str) -> int:
        try:
            return int(self._broker.client.llen(f"{self._broker.namespace}:{lane}"))
        except (RedisError, dramatiq.errors.BrokerConnectionError):
            return AWAY
