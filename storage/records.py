"""Define the frozen records that the ledger returns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

State = Literal["received", "queued", "running", "published", "rejected", "failed", "held", "cancelled"]

FINAL: frozenset[str] = frozenset({"published", "rejected", "failed", "cancelled"})
ENDED: frozenset[str] = FINAL | {"held"}  # no worker continues such a job by itself


_JOB_ID = re.compile("[0-9a-f]{32}")


def is_job_id(value: object) -> bool:
    """Tell whether a value from a message or an address has the form of a job id."""
    return isinstance(value, str) and _JOB_ID.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class RecordedFinding:
    """A finding as it was reported. `text`: the sentence that was reported then, in Chinese.

    `output`: the name of the output that it is about, empty for the original. `scope`: `original`, `publication` or
    `edition` (a derived publication); the next edit replaces the findings of scope `edition`.
    """

    code: str
    severity: str
    expected: str = ""
    actual: str = ""
    output: str = ""
    scope: str = "original"
    text: str = ""

    def told(self) -> dict[str, str]:
        """Return the fields that the API, the webhooks and `--json` report (docs/cli.md)."""
        return {"code": self.code, "severity": self.severity, "text": self.text}


@dataclass(frozen=True, slots=True)
class Job:
    """The state of one submission. Times are seconds since 1970.

    `percent`: 0–100 of `stage`. `speed`: a multiple of real time. `date`: ISO 8601, or empty. `pair` and `side`: the
    id of a before-and-after pair, and which of the two this is. `original`: a SHA-256, empty until the bytes have
    arrived. `size`: bytes. `code`: the error's, empty if there was none. `submitter`: the id of the access key that
    submitted the job, empty for the command line. `queued` and `started`: the times when the job was last queued and
    last claimed, 0 for never. `due`: the earliest time at which it may be claimed. `deaths`: the number of times that a
    worker or its child process was killed over the job. `needs`: the job resources that it took, if known (bytes,
    cores). `seen`: the lines of text that were read in its pictures.
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
    findings: tuple[RecordedFinding, ...]
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
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Asset:
    """One published output. `key`: in the store; `manifest`: the key of its publication; `duration`: seconds.

    `crc32`: of its bytes, as a ZIP states it; None for outputs that were published before it was kept.
    """

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
    crc32: int | None = None


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search that a person has saved. `query`: as in the page's address."""

    id: str
    owner: str
    name: str
    query: str
    created: float


@dataclass(frozen=True, slots=True)
class Print:
    """The 64-bit perceptual hash of one original photo. `bits`: in hex; `job`: the first job that published it."""

    original: str
    bits: str
    sharpness: float
    job: str


@dataclass(frozen=True, slots=True)
class EditRecord:
    """The stored edit request of a job. `manifest`: the key of the publication made from it, or empty."""

    job: str
    decision: dict[str, Any]
    manifest: str


@dataclass(frozen=True, slots=True)
class WantedEdit:
    """An edit request that is still to be carried out. `at`, `due`: seconds since 1970; `percent`: 0–100.

    `base`: a digest of the request that stood when it was asked for. `tries`: attempts that were begun.
    `owner`, `name`: the id and the name of who asked. `failure`: why it was given up, in Chinese; empty before.
    """

    job: str
    request: dict[str, Any]
    base: str
    owner: str
    name: str
    at: float
    due: float
    tries: int
    percent: float
    failure: str


@dataclass(frozen=True, slots=True)
class Key:
    """An access key without its secret. Times are seconds since 1970; None means never.

    `parent`: for a session, the id of the key that it was opened with. `account`: for a session, the id of the account
    that it was opened by. `unit`: the only unit that the key is for; all of them where it is empty.
    """

    id: str
    label: str
    scopes: tuple[str, ...]
    parent: str
    created: float
    expires: float | None
    revoked: float | None
    account: str = ""
    unit: str = ""

    @property
    def is_session(self) -> bool:
        """Tell whether this is a session of the pages."""
        return bool(self.parent or self.account)

    @property
    def owner(self) -> str:
        """Return the id of the account or the key that stands behind this key; a submission is kept under it."""
        return self.account or self.parent or self.id


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account without its secrets. Times are seconds since 1970; None means never.

    `unit`: the only unit that it sees; all of them where it is empty. `fresh`: the password is the one that was issued,
    and has to be changed. `two_steps`: a one-time code is asked for besides the password. `locked`: until when no
    password is accepted, after too many wrong ones.
    """

    id: str
    name: str
    role: str
    unit: str
    fresh: bool
    two_steps: bool
    locked: float
    created: float
    closed: float | None


@dataclass(frozen=True, slots=True)
class Comment:
    """A person's remark on a job. `at`: seconds since 1970; `owner`: the id of the account or key that made it.

    `milliseconds`: of the master, which it is about; None: the whole.
    """

    id: str
    job: str
    at: float
    owner: str
    name: str
    milliseconds: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Review:
    """The publicity team's decision on a job: `chosen` or `refused`; `open` before. `at`: seconds since 1970."""

    job: str
    state: str = "open"
    at: float = 0.0
    owner: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """A set of jobs that is downloaded at once. Times are seconds since 1970.

    `preset`: which of their outputs. `name`: of the person who made it; `owner`: the id of the account or key.
    `shared`: it has a link for people without an account.
    """

    id: str
    owner: str
    name: str
    preset: str
    jobs: tuple[str, ...]
    created: float
    expires: float
    revoked: float | None
    shared: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a custody chain. `digest` covers all other fields; `previous` is the digest of the event before."""

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
    """The job resources that a running job has reserved on its machine. `needs`: in bytes and cores."""

    job: str
    token: int
    needs: dict[str, int]


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """The ending of a job, to be sent to the portal. Times are seconds since 1970.

    `tries`: attempts so far; `due`: the time of the next attempt, None for none; `told`: the time of receipt, or None.
    """

    id: str
    job: str
    state: str
    code: str
    at: float
    tries: int
    due: float | None
    told: float | None
