"""What the ledger hands out: frozen rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["received", "queued", "running", "published", "rejected", "failed", "held", "cancelled"]

FINAL: frozenset[str] = frozenset({"published", "rejected", "failed", "cancelled"})
ENDED: frozenset[str] = FINAL | {"held"}  # nothing more happens to it by itself


_JOB_ID = re.compile("[0-9a-f]{32}")


def is_job_id(value: object) -> bool:
    """Tell whether a message or an address could name a job."""
    return isinstance(value, str) and _JOB_ID.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Job:
    """State of one submission. `percent` 0–100 of `stage`; `speed` × real time; `date` ISO 8601 or empty.

    `pair` and `side`: before or after, of a place that is shown twice. `original` is a SHA-256, empty until the bytes
    have arrived. `findings`: code, severity, expected, actual, text. `code` is the error's, empty where there was none.
    `submitter`: the id of the access key it came in with, empty where it came from the command line. `queued` and
    `started`: when it was last put in line and taken up, 0 where never; `due`: not before this time; `deaths`: how
    often a worker, or a child of one, was killed over it; `needs`: what it took of a machine, where that is known
    (bytes, cores). Times are seconds since 1970.
    """

    id: str
    state: State
    stage: str
    percent: float
    speed: float
    lane: str
    name: str
    programme: str
    unit: str
    activity: str
    place: str
    date: str
    pair: str
    side: str
    original: str
    size: int
    recipe: str
    manifest: str
    findings: tuple[dict[str, str], ...]
    code: str
    attempts: int
    submitter: str
    queued: float
    started: float
    due: float
    deaths: int
    needs: dict[str, int]
    created: float
    updated: float


@dataclass(frozen=True, slots=True)
class Asset:
    """One published output. `key` in the store; `manifest` the key of the publication it belongs to."""

    key: str
    manifest: str
    name: str
    role: str
    media_type: str
    sha256: str
    size: int
    width: int | None
    height: int | None
    duration: float | None


@dataclass(frozen=True, slots=True)
class Print:
    """How the photo of one original looks: `bits`, 64 of perceptual hash in hex. `job`: the first that published it."""

    original: str
    bits: str
    sharpness: float
    job: str


@dataclass(frozen=True, slots=True)
class EditRecord:
    """What an editor decided of a job's publication, and the `manifest` of what was made by it."""

    job: str
    decision: dict[str, Any]
    manifest: str


@dataclass(frozen=True, slots=True)
class Key:
    """An access key without its secret. `parent`: of a session, the key it was opened with. None: never."""

    id: str
    label: str
    scopes: tuple[str, ...]
    parent: str
    created: float
    expires: float | None
    revoked: float | None


@dataclass(frozen=True, slots=True)
class Event:
    """One link of a custody chain: `digest` covers everything else, `previous` is the digest before it."""

    subject: str
    sequence: int
    at: float
    kind: str
    job: str
    detail: dict[str, Any]
    previous: str
    digest: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a running job has been promised of its machine. `needs` in bytes and cores."""

    job: str
    token: int
    needs: dict[str, int]


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """That a job came to an end, to be told to the portal; `told`: when it was. Seconds since 1970."""

    id: str
    job: str
    state: str
    code: str
    at: float
    tries: int
    due: float | None
    told: float | None
