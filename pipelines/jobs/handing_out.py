"""Give out addresses of what the store holds. Of originals, which are evidence, custody first records to whom."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from pipelines.domain.errors import UnknownJob
from pipelines.domain.keys import original_key
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from storage.records import Asset, Job


@dataclass(frozen=True, slots=True)
class HandingOut:
    """The addresses of what the store holds, bound to one work context."""

    context: WorkContext

    def output(self, asset: Asset, *, seconds: int, filename: str) -> str:
        """Return an address to read one output for `seconds`; a browser saves it as `filename`."""
        with translated():
            return self.context.store.url(asset.key, seconds=seconds, filename=filename)

    def original(self, job: Job, *, by: str, seconds: int, filename: str) -> str:
        """Return an address to read a job's original, once custody has recorded for whom. Raises UnknownJob."""
        if not job.original:
            raise UnknownJob(f"job {job.id} has no original")
        with translated():
            self.context.ledger.custody.record(job.original, "original-read", job.id, by=by)
            return self.context.store.url(original_key(job.original), seconds=seconds, filename=filename)

    def published(self, key: str) -> str:
        """Return an address to read what is published under a key, valid for an hour."""
        with translated():
            return self.context.store.url(key, seconds=3600, filename=key.rpartition("/")[2])

    def media_origin(self) -> str:
        """Return the origin of pictures and films in pages, as `scheme://host`; empty where the store is a folder."""
        with translated():
            parts = urlsplit(self.context.store.url("probe", seconds=1, filename="probe"))
        return "" if parts.scheme == "file" else f"{parts.scheme}://{parts.netloc}"
