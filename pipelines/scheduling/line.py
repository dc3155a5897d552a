"""The lanes, and what a queue has to be: it says that there is work; which job is next, the ledger says."""

from __future__ import annotations

from typing import Protocol

AWAY = 1 << 30  # messages; what a queue that can't be asked says is waiting: as many as anybody could want
LANES = ("urgent", "photo", "video", "bulk")  # a worker of several takes the first one's jobs first


class Queue(Protocol):
    """Messages may come twice, late or never: the sweeper makes up for what is lost. Neither method raises."""

    def send(self, lane: str, job_id: str) -> None:
        """Say that this lane has work: a job that was queued."""

    def waiting(self, lane: str) -> int:
        """Messages of this lane that no worker has taken; AWAY where the queue is."""


class NoQueue:
    """Of who runs jobs himself."""

    def send(self, lane: str, job_id: str) -> None:
        """Nobody is told."""

    def waiting(self, lane: str) -> int:  # noqa: ARG002 - whichever
        return 0
