"""Bundle outputs and documents into one ZIP that is written while it is sent, from any byte on.

Its length and its bytes are known before the first output is read: the ledger keeps the CRC-32 of each.
"""

from __future__ import annotations

import hashlib
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipelines.domain.zip_layout import Member, MemberSpan, ZipLayout
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from storage.digests import crc32_of
from storage.records import Asset, Job

_PIECE = 1 << 20  # bytes read at a time
Content = Asset | bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """An archive: `name` as it is saved, `size` in bytes, and a strong `etag`, the same for the same bytes.

    `jobs`: those whose outputs it holds.
    """

    name: str
    size: int
    etag: str
    jobs: Sequence[Job]
    _context: WorkContext
    _contents: Sequence[Content]
    _layout: ZipLayout

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` to `end` (not included); one file at a time comes from a distant store."""
        for part in self._layout.parts(start, end):
            if isinstance(part, MemberSpan):
                yield from self._stretch(part)
            else:
                yield part

    def _stretch(self, part: MemberSpan) -> Iterator[bytes]:
        content = self._contents[part.member]
        if isinstance(content, bytes):
            yield content[part.start : part.end]
            return
        with local(self._context, content) as path:
            yield from _pieces(path, part.start, part.end)


def bundled(context: WorkContext, name: str, files: Sequence[tuple[str, Content]], jobs: Sequence[Job]) -> Bundle:
    """Return the archive of these files, by their names in it; the outputs among them are of these jobs.

    Outputs that were published before their CRC-32 was kept are read once for it.
    """
    members = [Member(path, size_of(content), _crc32_of(context, content)) for path, content in files]
    layout, contents = ZipLayout(members), [content for _, content in files]
    etag = hashlib.sha256(repr(members).encode()).hexdigest()[:32]
    return Bundle(name, layout.size, f'"{etag}"', jobs, context, contents, layout)


def note(context: WorkContext, jobs: Sequence[Job], kind: str, **detail: str) -> None:
    """Record an event of several originals, in one order: two packages at a time must not wait for each other."""
    with context.ledger.together():
        for job in sorted(jobs, key=lambda job: (job.original, job.id)):
            if job.original:
                context.ledger.custody.record(job.original, kind, job.id, **detail)


def size_of(content: Content) -> int:
    """Return the size in bytes."""
    return len(content) if isinstance(content, bytes) else content.size


def digest_of(content: Content) -> str:
    """Return the SHA-256; of an output as it was published."""
    return hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else content.sha256


def _crc32_of(context: WorkContext, content: Content) -> int:
    if isinstance(content, bytes):
        return zlib.crc32(content)
    if content.crc32 is not None:
        return content.crc32
    with local(context, content) as path:
        found = crc32_of(path)
    with translated():
        context.ledger.note_crc32(content.key, found)
    return found


@contextmanager
def local(context: WorkContext, asset: Asset) -> Iterator[Path]:
    """Give an output as a file for the block, checked against its hash where it comes from a distant store."""
    with translated():
        parts = urlsplit(context.store.url(asset.key, seconds=60, filename=asset.name))
    if parts.scheme == "file":
        yield Path(unquote(parts.path))
        return
    with tempfile.TemporaryDirectory(prefix="footage-", dir=context.scratch) as folder:
        path = Path(folder) / "member"
        with translated():
            context.store.get(asset.key, path)
        yield path


def _pieces(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while start < end:
            piece = file.read(min(_PIECE, end - start))
            if not piece:
                raise OSError(f"{path.name} ended at byte {start}, {end} were published")
            start += len(piece)
            yield piece
