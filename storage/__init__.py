"""Store objects and keep the ledger of jobs, independently of media."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from urllib.request import url2pathname

from storage.base import Store
from storage.local import LocalStore

__all__ = ["S3Access", "abort_uploads", "open_store"]


@dataclass(frozen=True, slots=True)
class S3Access:
    """The endpoint of an S3 server and the credentials for it; boto3's own chain supplies each field that is None."""

    endpoint: str | None = None
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    region: str | None = None


def open_store(url: str, *, s3: S3Access | None = None) -> Store:
    """Open the store at `file:///folder` or `s3://bucket/prefix`. Raises ValueError for any other address."""
    parts = urlsplit(url)
    if not (parts.query or parts.fragment):
        if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path:
            return LocalStore(Path(url2pathname(parts.path)))
        if parts.scheme == "s3" and parts.netloc:
            return _open_s3(parts, s3 or S3Access())
    raise ValueError(f"not a store address, want file:///folder or s3://bucket/prefix, not {parts.scheme!r}")


def _open_s3(parts: SplitResult, access: S3Access) -> Store:
    from storage.s3 import S3Store  # imported only where it is used: boto3 takes a third of a second to import

    return S3Store(
        parts.netloc,
        parts.path.strip("/"),
        endpoint=access.endpoint,
        access_key=access.access_key,
        secret_key=access.secret_key,
        region=access.region,
    )


def abort_uploads(store: Store, seconds: float) -> None:
    """Abort incomplete uploads begun more than `seconds` ago; a local folder has none. Raises Unavailable."""
    if isinstance(store, LocalStore):
        return
    from storage.s3 import S3Store

    if isinstance(store, S3Store):
        store.abort_uploads(seconds)
