"""Define the work context that jobs run in, and restore a submission from the ledger's record of its job."""

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
    """The context of a job's work: what it reads, where it writes, and by which rules."""

    store: Store
    ledger: Ledger
    campaign: Campaign
    scratch: Path
    holder: str
    reserve: int  # bytes of disk that always stay free
    confined: bool = True  # the children that decode are confined
    machine_name: str = "here"
    memory: int = 0  # bytes that all jobs of this machine together may take; 0: 17/20 of the machine's memory
    cores: int = 0  # cores that they may take; 0: all
    first_retry: float = FIRST_RETRY_SECONDS  # seconds

    @property
    def box(self) -> str:
        """Return the name of the machine and its scratch folder, which its jobs share."""
        path = hashlib.sha256(os.fsencode(self.scratch)).hexdigest()[:16]
        return f"{self.machine_name[:_LONGEST_NAME]}:{path}"

    def capacity(self) -> Machine:
        """Return the resources that the jobs of this machine share, as they are now."""
        free = shutil.disk_usage(self.scratch).free - self.reserve
        return Machine(free, self.memory or machine.memory() * 17 // 20, self.cores or machine.cores())


def submission_of(job: Job) -> Submission:
    """Return the unit's submission as the ledger kept it."""
    day = date.fromisoformat(job.date) if job.date else None
    return Submission(job.name, job.programme, job.unit, job.activity, job.place, day, job.pair, job.side)
