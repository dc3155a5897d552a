"""Where jobs are run: what they read, where they write, by which rules; and what the ledger kept of a submission."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipelines.domain.campaign import Campaign
from pipelines.domain.model import Submission
from pipelines.scheduling import machine
from pipelines.scheduling.admission import Machine
from pipelines.scheduling.retrying import FIRST_RETRY_SECONDS
from storage.base import Store
from storage.ledger import Ledger
from storage.records import Job

_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class WorkContext:
    """Where a job is run: what it reads, where it writes, and by which rules."""

    store: Store
    ledger: Ledger
    campaign: Campaign
    scratch: Path
    holder: str
    reserve: int  # bytes of disk that stay free whatever happens
    confined: bool = True  # whether the children that decode are shut in
    machine_name: str = "here"
    memory: int = 0  # bytes that all jobs of this machine together may take; 0: most of what there is
    cores: int = 0  # the same of cores; 0: all
    first_retry: float = FIRST_RETRY_SECONDS  # seconds

    @property
    def box(self) -> str:
        """This machine and its scratch folder: what its jobs share."""
        path = hashlib.sha256(os.fsencode(self.scratch)).hexdigest()[:16]
        return f"{self.machine_name[:_LONGEST_NAME]}:{path}"

    def capacity(self) -> Machine:
        """What the jobs of this machine share, as it is now."""
        free = shutil.disk_usage(self.scratch).free - self.reserve
        return Machine(free, self.memory or machine.memory() * 17 // 20, self.cores or machine.cores())


def submission_of(job: Job) -> Submission:
    """What the unit said, as the ledger kept it."""
    day = date.fromisoformat(job.date) if job.date else None
    return Submission(job.name, job.programme, job.unit, job.activity, job.place, day, job.pair, job.side)
