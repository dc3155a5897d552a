"""Describe the API's answers, for its OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from storage.records import State


class Problem(BaseModel):
    """The details of a problem (RFC 9457): `title` in English, in `detail` what to do in Chinese, a stable `code`."""

    type: str
    title: str
    status: int
    detail: str
    code: str


class Alive(BaseModel):
    """The desk is alive."""

    ok: bool


class Announced(BaseModel):
    """A submission whose bytes are still to come, to the address `upload`."""

    job: str
    state: State
    upload: str


class OriginalAnswer(BaseModel):
    """The bytes as they were received; `size` in bytes."""

    sha256: str
    size: int


class FindingAnswer(BaseModel):
    """One thing that was noticed of the file, in words."""

    code: str
    severity: Literal["reject", "warning", "info"]
    text: str


class OutputAnswer(BaseModel):
    """One published file; `duration` in seconds."""

    name: str
    role: str
    url: str
    sha256: str
    media_type: str
    width: int | None
    height: int | None
    duration: float | None


class SubmissionAnswer(BaseModel):
    """A submission as it is now; times are ISO 8601 in UTC, `percent` is of `stage`, `speed` of real time."""

    job: str
    name: str
    unit: str
    programme: str
    activity: str
    place: str
    date: str
    received: str
    updated: str
    state: State
    stage: str
    percent: float
    speed: float
    original: OriginalAnswer | None
    findings: list[FindingAnswer]
    outputs: list[OutputAnswer]


_WHEN = {
    400: "not to be read",
    401: "no valid key",
    403: "not permitted for this key",
    404: "unknown, or another key's",
    413: "too large, or not sent in time",
    422: "invalid",
    429: "too many requests",
    500: "a fault of the desk",
    503: "the ledger or the store is away, or the disk is full",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": when, "content": {"application/problem+json": {"schema": Problem.model_json_schema()}}}
    for status, when in _WHEN.items()
}
# From an announced submission to what is done with it; its events last until it ends.
LINKS = {
    name: {"operationId": name, "parameters": {"job_id": "$response.body#/job"}}
    for name in ("upload", "submission", "cancel", "retry")
}
