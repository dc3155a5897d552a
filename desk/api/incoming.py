"""Receive files that portals have put into the object store themselves, told by a call or by the store's own events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import unquote_plus

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel

from desk.api.schemas import PROBLEMS, SubmissionAnswer
from desk.api.submissions import BEARER, made_by, state_of
from desk.auth.access import SUBMIT, Submitter, allowed
from desk.context import Here
from pipelines.domain.errors import UnknownJob, WrongUse
from storage.records import Key

router = APIRouter(prefix="/api", tags=["portal"], dependencies=[BEARER], responses=PROBLEMS)
_INCOMING = re.compile(r"(?:^|/)incoming/([0-9a-f]{32})$")
StoreEvents = Annotated[Key, Depends(allowed(SUBMIT, every_unit=True))]


class Collected(BaseModel):
    """The jobs whose files were received, and the number of events that named none."""

    collected: list[str]
    ignored: int


@router.post("/submissions/{job_id}/collect", status_code=202, response_model=SubmissionAnswer, operation_id="collect")
def collect(job_id: str, here: Here, key: Submitter) -> dict[str, Any]:
    """Receive the object `incoming/{job}` of the store as the file of this submission. Repeating it is harmless."""
    job = made_by(key, here.service.status(job_id))
    return state_of(here.service.collect(job.id, here.uploads), [])


@router.post("/s3-events", response_model=Collected)
def events(event: Annotated[dict[str, Any], Body()], here: Here, _key: StoreEvents) -> Collected:
    """Receive what the store tells of: `ObjectCreated` events of S3, or the notifications of a SeaweedFS filer.

    Objects elsewhere than under `incoming/`, and those of no submission, are ignored.
    """
    found, collected = [*keys_of(event)], []
    for job_id in (named[1] for named in map(_INCOMING.search, found) if named):
        try:
            collected.append(here.service.collect(job_id, here.uploads).id)
        except (UnknownJob, WrongUse):
            continue  # another event of the same object came first, or the submission was cancelled
    return Collected(collected=collected, ignored=len(found) - len(collected))


def keys_of(event: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of the objects that an event says were made; what it has in another form is left out."""
    records = event.get("Records")
    for record in records if isinstance(records, list) else ():
        if isinstance(record, dict) and "ObjectCreated" in str(record.get("eventName", "")):
            key = record.get("s3", {}).get("object", {}).get("key") if isinstance(record.get("s3"), dict) else None
            yield unquote_plus(str(key or ""))
    if isinstance(event.get("key"), str) and event.get("event_type", "create") == "create":
        yield event["key"]
