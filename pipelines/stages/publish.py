"""Publish artifacts and their manifest in the store, the manifest last: until it is there, nothing is published."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from pipelines.domain.errors import ToolFailed
from pipelines.domain.keys import manifest_key, output_key
from pipelines.domain.manifests import upgraded
from pipelines.domain.model import Manifest, Refusal
from pipelines.domain.planning.derivation import DerivedPublication
from pipelines.sandbox.process import Alive
from pipelines.scheduling.leases import Lease, leased
from storage.base import NotFound, Store
from storage.lease_names import recipe_lease
from storage.leases import Leases
from storage.records import Asset

MANIFEST: TypeAdapter[Manifest] = TypeAdapter(Manifest)
DERIVED: TypeAdapter[DerivedPublication] = TypeAdapter(DerivedPublication)
Publication = TypeVar("Publication", Manifest, DerivedPublication)
Read = Callable[[Store, str, Path], Publication | None]  # the manifest under a key of the store; the folder is scratch
Make = Callable[[Alive], Publication | Refusal]


def publish(
    store: Store,
    manifest: Manifest | DerivedPublication,
    folder: Path,
    alive: Callable[[], None],
    fence: Callable[[], None],
) -> bool:
    """Put all artifacts, then the manifest by one conditional write; return False where a manifest was already there.

    `alive` and `fence` raise where this worker's lease is lost. `alive` tells what this process knows, and is called
    before each write. `fence` asks the ledger before the first write and before the manifest, which makes all visible.
    """
    original, recipe = manifest.original.sha256, manifest.recipe
    fence()
    for artifact in manifest.artifacts:
        key = output_key(original, recipe, artifact.name)
        alive()
        there = store.stat(key)
        # A file that an earlier try left is kept if its hash is the same, and replaced if not.
        if there is None or there.sha256 != artifact.sha256:
            store.put(key, folder / artifact.name, media_type=artifact.media_type, sha256=artifact.sha256)
    path = folder / "manifest.json"
    path.write_bytes(_written(manifest))
    fence()
    return store.put(manifest_key(original, recipe), path, media_type="application/json", if_absent=True)


@dataclass(frozen=True, slots=True)
class Publisher:
    """The publisher of a job: each recipe of an original is published once, however many workers make it.

    `alive` and `fence` check the job's lease; `fence` asks the ledger, and checks the lease of the recipe too.
    """

    store: Store
    leases: Leases
    holder: str
    folder: Path
    alive: Alive
    fence: Callable[[Lease], None]

    def once(
        self, original: str, recipe: str, read: Read[Publication], make: Make[Publication]
    ) -> Publication | Refusal:
        """Return what is published already, or what `make` makes, published under the lease of the recipe.

        Raises Busy where another worker is making it, and what `make` raises. `make` gets a callable that raises once
        a lease is lost.
        """
        key = manifest_key(original, recipe)
        if there := read(self.store, key, self.folder):
            return there
        with leased(self.leases, recipe_lease(original, recipe), self.holder) as lease:
            if there := read(self.store, key, self.folder):
                return there
            made = make(lambda: self._check(lease))
            if isinstance(made, Refusal):
                return made
            if publish(self.store, made, self.folder, lambda: self._check(lease), lambda: self.fence(lease)):
                return made
            return read(self.store, key, self.folder) or made

    def _check(self, lease: Lease) -> None:
        self.alive()
        lease.check()


def _written(manifest: Manifest | DerivedPublication) -> bytes:
    if isinstance(manifest, DerivedPublication):
        return DERIVED.dump_json(manifest, indent=2)
    return MANIFEST.dump_json(manifest, indent=2)


def read_manifest(store: Store, key: str, folder: Path) -> Manifest | None:
    """Return the manifest under `key`, or None. Raises ToolFailed for a manifest of an older version."""
    return _read(MANIFEST, store, key, folder)


def read_derived(store: Store, key: str, folder: Path) -> DerivedPublication | None:
    """Return the manifest of a derived publication, as `read_manifest` does."""
    return _read(DERIVED, store, key, folder)


def _read(adapter: TypeAdapter[Publication], store: Store, key: str, folder: Path) -> Publication | None:
    path = folder / "manifest-read.json"
    try:
        store.get(key, path)
    except NotFound:
        return None
    try:
        return adapter.validate_json(json.dumps(upgraded(json.loads(path.read_bytes()))))
    except (ValidationError, ValueError, LookupError, TypeError) as error:
        raise ToolFailed(
            f"{key}: it is not a manifest of this version or an earlier one ({type(error).__name__})",
            code="manifest-unreadable",
            text="这份成品清单是旧版本写的，无法读取；请先重新处理（footage reprocess）。",
        ) from error


def assets_of(manifest: Manifest | DerivedPublication) -> list[Asset]:
    """Return the asset index's rows for one publication."""
    sha256, recipe = manifest.original.sha256, manifest.recipe
    return [
        Asset(
            key=output_key(sha256, recipe, artifact.name),
            manifest=manifest_key(sha256, recipe),
            name=artifact.name,
            role=artifact.role,
            media_type=artifact.media_type,
            sha256=artifact.sha256,
            size=artifact.size,
            width=artifact.width,
            height=artifact.height,
            duration=None if artifact.duration is None else float(artifact.duration),
            crc32=artifact.crc32,
        )
        for artifact in manifest.artifacts
    ]
