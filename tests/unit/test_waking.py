"""A message wakes a lane and says nothing else."""

from __future__ import annotations

from typing import Any

import dramatiq

from worker.broker import LaneWaker, actor_name


class Recording:
    """A broker that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[dramatiq.Message[Any]] = []

    def enqueue(self, message: dramatiq.Message[Any]) -> None:
        self.messages.append(message)


def test_a_wake_up_names_its_lane_and_carries_nothing() -> None:
    broker = Recording()

    LaneWaker(broker).wake("video")  # type: ignore[arg-type]

    (message,) = broker.messages
    assert (message.queue_name, message.actor_name) == ("video", actor_name("video"))
    assert (message.args, message.kwargs) == ((), {})
