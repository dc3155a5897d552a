"""Units that send files until they are taken, and an operator who lets held jobs go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from chaos.material import Sent, of_unit
from pipelines.domain.errors import Killed, NoSpace, Outage, Stalled, Transient
from pipelines.service import Service
from storage.records import Job

_AGAIN_SECONDS = 0.5
_PASSES = frozenset(error.code for error in (Killed, NoSpace, Outage, Stalled))
_LOOK_SECONDS = 2.0  # that an operator takes over a file


@dataclass(slots=True)
class Post:
    """What was sent in: each job that was received, with what it was. `refused`: tries that failed."""

    service: Service
    jobs: dict[str, Sent] = field(default_factory=dict)
    refused: int = 0
    errors: list[Exception] = field(default_factory=list)

    def send_all(self, sent: Sequence[Sent], seconds: float) -> list[threading.Thread]:
        """Each unit in a thread of its own, spread over so many seconds."""
        units = {one.unit for one in sent}
        threads = [
            threading.Thread(target=self._unit, args=(list(of_unit(list(sent), unit)), seconds), name=unit)
            for unit in units
        ]
        for thread in threads:
            thread.start()
        return threads

    def _unit(self, sent: Sequence[Sent], seconds: float) -> None:
        began = time.monotonic()
        try:
            for number, one in enumerate(sent):
                time.sleep(max(0.0, began + number * seconds / len(sent) - time.monotonic()))
                self.jobs[self._send(one)] = one
        except Exception as error:  # noqa: BLE001 - a unit that gives up fails the run
            self.errors.append(error)

    def _send(self, one: Sent) -> str:
        """Once it is announced it keeps its number, however often its bytes are sent."""
        job_id = ""
        while True:
            try:
                job_id = job_id or self._announce(one).id
                return self.service.receive(job_id, one.path, lane=one.lane).id
            except Transient:
                self.refused += 1
                time.sleep(_AGAIN_SECONDS)

    def _announce(self, one: Sent) -> Job:
        return self.service.announce(self.service.submission(one.path.name, unit=one.unit))


@dataclass(slots=True)
class Operator:
    """Looks at what is held and lets it go on; at the end, once, runs again what has failed."""

    service: Service
    released: int = 0
    retried: dict[str, str] = field(default_factory=dict)  # the code each had failed with

    def watch(self, over: threading.Event) -> None:
        """Until `over`."""
        seen: dict[str, float] = {}
        while not over.wait(0.5):
            try:
                self._release(seen)
            except Transient:
                continue

    def _release(self, seen: dict[str, float]) -> None:
        now = time.monotonic()
        held = [job.id for job in self.service.find(states=["held"])]
        for job_id in held:
            if now - seen.setdefault(job_id, now) > _LOOK_SECONDS:
                self.service.release(job_id)
                self.released += 1
                del seen[job_id]

    def retry(self, jobs: Sequence[Job]) -> int:
        """Each once, where it failed for what may have passed; how many."""
        failed = [job for job in jobs if job.state == "failed" and job.code in _PASSES and job.id not in self.retried]
        for job in failed:
            self.service.retry(job.id)
            self.retried[job.id] = job.code
        return len(failed)
