"""Receive files that portals have put into the object store themselves, told by a call or by the store's own events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import unquote_plus

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, ConfigDict, Field

from desk.api.schemas import PROBLEMS, SubmissionAnswer
from desk.api.submissions import BEARER, made_by, refuse_over, state_of
from desk.auth.access import SUBMIT, Submitter, allowed
from desk.context import Here
from pipelines.domain.errors import UnknownJob, WrongUse
from storage.records import Key

router = APIRouter(prefix="/api", tags=["portal"], dependencies=[BEARER], responses=PROBLEMS)
_INCOMING = re.compile(r"(?:^|/)incoming/([0-9a-f]{32})$")
StoreEvents = Annotated[Key, Depends(allowed(SUBMIT, every_unit=True))]


class Parts(BaseModel):
    """A file of `size` bytes that is to be sent in parts; `upload` goes on with an earlier answer's."""

    model_config = ConfigDict(extra="forbid")

    size: int = Field(ge=1, le=5 << 40)
    upload: str = Field(default="", max_length=1024)


class JoinedParts(Parts):
    """A file of `size` bytes that was sent in the parts of `upload`."""

    upload: str = Field(min_length=1, max_length=1024)


class PartAddress(BaseModel):
    """The address for a PUT of one part."""

    number: int
    url: str


class PartsAnswer(BaseModel):
    """An upload in parts: each of `part_size` bytes but the last; addresses end after `seconds`."""

    upload: str
    part_size: int
    seconds: int
    parts: list[PartAddress]


class Collected(BaseModel):
    """The jobs whose files were received, and the number of events that named none."""

    collected: list[str]
    ignored: int


@router.post("/submissions/{job_id}/collect", status_code=202, response_model=SubmissionAnswer, operation_id="collect")
def collect(job_id: str, here: Here, key: Submitter) -> dict[str, Any]:
    """Receive the object `incoming/{job}` of the store as the file of this submission. Repeating it is harmless."""
    job = made_by(key, here.service.status(job_id))
    return state_of(here.service.collect(job.id, here.uploads), [])


@router.post("/submissions/{job_id}/parts", response_model=PartsAnswer, operation_id="parts")
def parts(job_id: str, said: Parts, here: Here, key: Submitter) -> dict[str, Any]:
    """Return addresses in the object store, one per part of the file, for a PUT within a day.

    With `upload` of an earlier answer they are those of the parts that are still missing.
    """
    job = made_by(key, here.service.status(job_id))
    refuse_over(here.max_upload, said.size)
    offered = here.service.intake.offer_parts(job.id, said.size, said.upload)
    urls = [{"number": number, "url": url} for number, url in offered.urls.items()]
    return {"upload": offered.upload, "part_size": offered.part_size, "seconds": offered.seconds, "parts": urls}


@router.post(
    "/submissions/{job_id}/parts/done", status_code=202, response_model=SubmissionAnswer, operation_id="joined"
)
def joined(job_id: str, said: JoinedParts, here: Here, key: Submitter) -> dict[str, Any]:
    """Receive the file whose parts are all in the object store. Repeating it is harmless."""
    job = made_by(key, here.service.status(job_id))
    refuse_over(here.max_upload, said.size)
    return state_of(here.service.intake.join_parts(job.id, said.size, said.upload, here.uploads), [])


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
