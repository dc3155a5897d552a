"""Foreign errors become ours at this edge, and ours become findings a person can read."""

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

log = logging.getLogger("footage")

_FULL = ("disk is full", "No space left on device")


def as_ours(error: Exception) -> FootageError:
    """The error of our tree that this one means. A bug of ours is logged whole and told as `internal`."""
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
    # Databases say it in words: SQLite the first, PostgreSQL the second.
    said = isinstance(error, StoreError) and any(words in str(error) for words in _FULL)
    return said or (error is not None and _is_full(error.__cause__))


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the store and the ledger leave this block as errors of our tree."""
    try:
        yield
    except StoreError as error:
        raise as_ours(error) from error


def reasons(error: FootageError) -> list[dict[str, str]]:
    """What the ledger keeps of a failure, first the sentence for people, then what the gate found."""
    found = [{"code": error.code, "severity": "reject", "expected": "", "actual": "", "text": error.text}]
    if isinstance(error, GateFailed):
        found += noted(error.findings)
    return found


def noted(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Findings as the ledger keeps them: with the sentence for people."""
    return [{**asdict(finding), "text": text(finding)} for finding in findings]
