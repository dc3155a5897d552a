"""Translate foreign errors into errors of our tree, and those into findings that a person can read."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from pipelines.domain.errors import Busy, FootageError, GateFailed, Internal, NoSpace, Outage
from pipelines.domain.model import Finding
from pipelines.domain.wording import text
from storage.base import StoreError
from storage.leases import LeaseLost
from storage.records import RecordedFinding

log = logging.getLogger("footage")

_FULL = ("disk is full", "No space left on device")


def as_ours(error: Exception) -> FootageError:
    """Return the error of our tree that this one means.

    An error that is not known here is a bug of our own: it is logged with its traceback and becomes `internal`.
    """
    if isinstance(error, FootageError):
        return error
    if isinstance(error, LeaseLost):
        return Busy(str(error))
    if _is_full(error):
        return NoSpace(str(error))
    if isinstance(error, StoreError):
        return Outage(str(error))
    log.error("unexpected error", exc_info=error)
    return Internal(f"{type(error).__name__}: {error}", cause=type(error).__name__)


def _is_full(error: BaseException | None) -> bool:
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return True
    # Databases report a full disk only in words: SQLite the first phrase, PostgreSQL the second.
    said = isinstance(error, StoreError) and any(words in str(error) for words in _FULL)
    return said or (error is not None and _is_full(error.__cause__))


@contextmanager
def translated() -> Iterator[None]:
    """Raise errors of the store and the ledger that leave this block as errors of our tree."""
    try:
        yield
    except StoreError as error:
        raise as_ours(error) from error


def reasons(error: FootageError) -> list[RecordedFinding]:
    """Return what the ledger keeps of a failure: first the sentence for people, then what the gate found."""
    found = [RecordedFinding(error.code, "reject", text=error.text)]
    return [*found, *noted(error.findings)] if isinstance(error, GateFailed) else found


def noted(findings: Iterable[Finding]) -> list[RecordedFinding]:
    """Return findings as the ledger keeps them: with the sentence for people."""
    return [RecordedFinding(**asdict(finding), text=text(finding)) for finding in findings]
