"""Store objects as plain files: `root/<key>` is the object and can be browsed and copied with ordinary tools.

The SHA-256 and the media type are in a record, `root/.store/records/<key>/.<mtime_ns>`. The record is durable before
the file becomes visible and is removed after the file is gone. The exact time in its name ties the record to one write
of the file, so that after a crash at any moment the visible file still has its own record. A lock on the root
serialises the renames of racing writers; the copying is done before the lock is taken.
"""

from __future__ import annotations

import fcntl
import mimetypes
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import BufferedReader, BufferedWriter
from pathlib import Path
from typing import IO
from uuid import uuid4

from storage.base import Blob, NotFound, Unavailable, validate_key
from storage.digests import sha256_of

_ABANDONED_SECONDS = 3600
_MOST_REMEMBERED = 10_000
_PIECE = 1 << 20  # bytes


class LocalStore:
    """An object store in one folder, which is created if it is missing. It needs a filesystem with flock."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        hidden = self._root / ".store"
        self._incoming, self._records, self._lock = hidden / "incoming", hidden / "records", hidden / "lock"
        with _os_errors(f"open {root}"):
            self._incoming.mkdir(parents=True, exist_ok=True)
            if not self._lock.exists():  # touching an existing file fails if the folder is read-only to this process
                self._lock.touch()
        self._listed: set[Path] = set()  # folders whose entry in the parent folder is durable
        self._sweep()

    def put(self, key: str, path: Path, *, media_type: str, if_absent: bool = False, sha256: str = "") -> bool:
        target = self._path(key)
        with _os_errors(f"put {key}"):
            if if_absent and target.is_file():
                return False
            with self._received(path) as data:
                facts = f"{sha256 or sha256_of(data)} {media_type}"
                with self._locked(fcntl.LOCK_EX):
                    if if_absent and target.is_file():
                        return False
                    self._reveal(key, data, facts)
            return True

    def get(self, key: str, path: Path) -> None:
        source = self._path(key)
        with _os_errors(f"get {key}"):
            with self._locked(fcntl.LOCK_SH):
                blob = self._blob(key)
                if blob is None:
                    raise NotFound(key)
                # The open file keeps this content even if the object is replaced or deleted while it is read.
                opened = source.open("rb")
            with opened:
                write_checked(opened, path, blob.sha256)

    def stat(self, key: str) -> Blob | None:
        validate_key(key)
        with _os_errors(f"stat {key}"), self._locked(fcntl.LOCK_SH):
            return self._blob(key)

    def list(self, prefix: str) -> Iterator[Blob]:
        validate_key(f"{prefix}x")  # a prefix is valid if some key could begin with it
        return (blob for key in self._keys("", prefix) if (blob := self.stat(key)))

    def delete(self, key: str) -> None:
        target = self._path(key)
        with _os_errors(f"delete {key}"), self._locked(fcntl.LOCK_EX):
            if target.is_file():
                target.unlink()
                self._sync_up(target.parent)
                self._forget(key)
                with suppress(OSError):  # an empty folder would block an object of the same name
                    os.removedirs(target.parent)

    def url(self, key: str, *, seconds: int, filename: str) -> str:  # noqa: ARG002 - a file has no term
        return self._path(key).as_uri()

    def _path(self, key: str) -> Path:
        return self._root / validate_key(key)

    @contextmanager
    def _locked(self, kind: int) -> Iterator[None]:
        # NFS grants an exclusive lock only on a file open for writing; a reader may have no permission to write.
        with self._lock.open("ab" if kind == fcntl.LOCK_EX else "rb") as handle:
            fcntl.flock(handle, kind)
            yield

    @contextmanager
    def _received(self, path: Path) -> Iterator[Path]:
        """Copy `path` durably to the store's own filesystem; remove the copy at the end unless it was moved away."""
        temp = self._incoming / uuid4().hex
        try:
            with path.open("rb") as source, temp.open("xb") as file:
                copy(source, file)
                # The kernel's own time stamps advance in steps of milliseconds: two writes could share one.
                os.utime(temp, ns=(time.time_ns(),) * 2)
                os.fsync(file.fileno())
            yield temp
        finally:
            temp.unlink(missing_ok=True)

    def _reveal(self, key: str, data: Path, facts: str) -> None:
        target, records = self._root / key, self._records / key
        self._make(target.parent)
        self._make(records)
        record = records / f".{data.stat().st_mtime_ns}"
        with record.open("w") as file:
            file.write(facts)
            file.flush()
            os.fsync(file.fileno())
        self._sync_up(records)
        data.replace(target)
        self._sync_up(target.parent)
        self._forget(key, but=record)

    def _make(self, folder: Path) -> None:
        """Create a folder with its parents, and forget the durable entries of those that were missing."""
        self._listed.difference_update(path for path in (folder, *folder.parents) if not path.is_dir())
        folder.mkdir(parents=True, exist_ok=True)

    def _forget(self, key: str, but: Path | None = None) -> None:
        records = self._records / key
        for record in records.glob(".*"):
            if record != but:
                record.unlink()
        with suppress(OSError):
            os.removedirs(records)

    def _blob(self, key: str) -> Blob | None:
        path = self._root / key
        if not path.is_file():
            return None
        found = path.stat()
        sha256, media_type = self._facts(key, found.st_mtime_ns)
        modified = datetime.fromtimestamp(found.st_mtime, UTC)
        return Blob(key, found.st_size, sha256, media_type, modified)

    def _facts(self, key: str, mtime_ns: int) -> tuple[str, str]:
        exact = self._records / key / f".{mtime_ns}"
        # Without an exact record the file was touched, restored without its times, or damaged. The digest in the
        # newest record tells a damaged file from the others.
        record = exact if exact.is_file() else max(exact.parent.glob(".*"), default=None)
        if record is None:  # the file was copied into the folder by hand
            return sha256_of(self._root / key), mimetypes.guess_type(key)[0] or "application/octet-stream"
        sha256, _, media_type = record.read_text(errors="replace").partition(" ")
        return sha256, media_type

    def _keys(self, folder: str, prefix: str) -> Iterator[str]:
        """Yield the keys under `folder` ("" or ending in "/") that begin with `prefix`, in key order.

        Folders are sorted with their slash: that gives key order.
        """
        with _os_errors(f"list {prefix}"), suppress(FileNotFoundError), os.scandir(self._root / folder) as entries:
            names = [f"{folder}{e.name}{'/' if e.is_dir() else ''}" for e in entries if is_key(e.name)]
            for name in sorted(names):
                if name.endswith("/") and (name.startswith(prefix) or prefix.startswith(name)):
                    yield from self._keys(name, prefix)
                elif name.startswith(prefix):
                    yield name

    def _sync_up(self, folder: Path) -> None:
        """Make the entries of a folder durable, and its own entry in each parent, as it may be new."""
        upwards = [folder, *folder.parents]
        upwards = upwards[: upwards.index(self._root) + 1]
        for path in upwards:
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
            if path in self._listed:
                break
        self._remember(upwards)

    def _remember(self, folders: Sequence[Path]) -> None:
        if len(self._listed) > _MOST_REMEMBERED:
            self._listed.clear()
        self._listed.update(folders)

    def _sweep(self) -> None:
        """Remove the temporary files of killed writers. A failure does not keep the store from opening."""
        with suppress(OSError):
            for left in self._incoming.iterdir():
                if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                    left.unlink(missing_ok=True)


def copy(source: IO[bytes], target: BufferedWriter) -> None:
    """Copy the whole stream to `target`; from file to file the kernel copies (sendfile)."""
    if isinstance(source, BufferedReader):
        while os.sendfile(target.fileno(), source.fileno(), None, _PIECE):
            pass
    else:
        shutil.copyfileobj(source, target, _PIECE)
    target.flush()


def write_checked(source: IO[bytes], path: Path, sha256: str) -> None:
    """Write the stream to `path` atomically. Raises Unavailable, and writes nothing, if its SHA-256 differs."""
    temp = path.with_name(f".part-{uuid4().hex}")
    try:
        with temp.open("xb") as file:
            copy(source, file)
        if (found := sha256_of(temp)) != sha256:
            raise Unavailable(f"damaged in the store: put with SHA-256 {sha256}, read with {found}")
        temp.replace(path)
    finally:
        temp.unlink(missing_ok=True)


def is_key(name: str) -> bool:
    """Tell whether `name` is a valid storage key."""
    try:
        return bool(validate_key(name))
    except ValueError:
        return False


@contextmanager
def _os_errors(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"{what}: {error}") from error
