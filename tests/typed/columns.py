"""Misspelt columns of a job, and values of the wrong type: each line is an error that mypy has to find."""

from __future__ import annotations

from pipelines.service import Service
from storage.changes import JobChanges
from storage.ledger import Ledger


def misspelt(ledger: Ledger, service: Service) -> None:
    """Name columns that are none."""
    ledger.create(name="clip.mp4", programme="zhubo", untt="县应急局")  # type: ignore[call-arg]
    ledger.move("id", ["queued"], stat="failed")  # type: ignore[call-arg]
    ledger.advance("id", 1, percents=1.0)  # type: ignore[call-arg]
    ledger.cancel("id", codes="by-hand")  # type: ignore[call-arg]
    ledger.queue.give_back("id", death=1)  # type: ignore[call-arg]
    ledger.find(states=["queued"], units="县应急局")  # type: ignore[call-arg]
    service.find(states=["queued"], units="县应急局")  # type: ignore[call-arg]
    service.finder.jobs(sinc="2026-06-01")  # type: ignore[call-arg]
    again: JobChanges = {"state": "queued", "atempts": 0}  # type: ignore[typeddict-unknown-key]
    ledger.move("id", ["failed"], **again)


def of_the_wrong_type(ledger: Ledger) -> None:
    """Give columns what they do not hold."""
    ledger.move("id", ["queued"], state="done")  # type: ignore[arg-type]
    ledger.advance("id", 1, attempts="1")  # type: ignore[arg-type]
    ledger.create(name="clip.mp4", programme="zhubo", findings=["late"])  # type: ignore[list-item]
    ledger.custody.record("subject", "received", "job", size={1})  # type: ignore[arg-type]
