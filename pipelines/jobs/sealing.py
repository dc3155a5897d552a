"""Seal what an original says of people and places: kept beside it, never served."""

from __future__ import annotations

import os

from pydantic import ValidationError

from pipelines.domain.errors import ToolFailed
from pipelines.domain.keys import sealed_key
from pipelines.domain.sealed import RECORD, SEALED
from pipelines.sandbox.limits import Scratch
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.leases import Lease
from storage.records import Job

_MOST_SEALED = 256 << 10  # bytes; JSON may escape one character as six bytes


def seal(context: WorkContext, job: Job, lease: Lease, scratch: Scratch) -> None:
    """Store the sealed record of people and places beside the original, once the child's file is validated."""
    path = scratch / SEALED
    lease.fence()
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            record = RECORD.validate_json(file.read(_MOST_SEALED))
    except (OSError, ValidationError) as error:
        raise ToolFailed(f"no sealed record was left ({type(error).__name__})") from None
    path.unlink()
    path.write_bytes(RECORD.dump_json(record))
    context.store.put(sealed_key(job.original), path, media_type="application/json", if_absent=True)
    path.unlink()
