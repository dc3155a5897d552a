"""Artifacts and manifest → the store, the manifest last: until it is there, nothing is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from pipelines.domain.errors import ToolFailed
from pipelines.domain.keys import manifest_key, output_key
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
    """Put everything, then the manifest by one conditional write; False where another manifest was there already.

    Both raise where this worker's lease is lost: `alive` before each write, as far as we know; before the first, and
    before that which makes all of it visible, `fence`, which asks.
    """
    original, recipe = manifest.original.sha256, manifest.recipe
    fence()
    for artifact in manifest.artifacts:
        key = output_key(original, recipe, artifact.name)
        alive()
        there = store.stat(key)
        # What an earlier try has left is kept where it is the same, and replaced where it is not.
        if there is None or there.sha256 != artifact.sha256:
            store.put(key, folder / artifact.name, media_type=artifact.media_type, sha256=artifact.sha256)
    path = folder / "manifest.json"
    path.write_bytes(_written(manifest))
    fence()
    return store.put(manifest_key(original, recipe), path, media_type="application/json", if_absent=True)


@dataclass(frozen=True, slots=True)
class Publisher:
    """Publishes each recipe of an original once, however many workers make it. `alive`, `fence`: of the job's lease."""

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

        Raises Busy where another worker makes it just now, and what `make` raises; `make` is given what it asks
        whether it may go on.
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
    """The manifest under `key`, or None: then nothing is published there."""
    return _read(MANIFEST, store, key, folder)


def read_derived(store: Store, key: str, folder: Path) -> DerivedPublication | None:
    """The same of what was made by an editor's decision."""
    return _read(DERIVED, store, key, folder)


def _read(adapter: TypeAdapter[Publication], store: Store, key: str, folder: Path) -> Publication | None:
    path = folder / "manifest-read.json"
    try:
        store.get(key, path)
    except NotFound:
        return None
    try:
        return adapter.validate_json(path.read_bytes())
    except ValidationError as error:
        raise ToolFailed(
            f"{key}: {error.error_count()} things are not as this version writes them",
            code="manifest-unreadable",
            text="这份成品清单是旧版本写的，无法读取；请先重新处理（footage reprocess）。",
        ) from error


def assets_of(manifest: Manifest | DerivedPublication) -> list[Asset]:
    """The asset index's rows for one publication."""
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
        )
        for artifact in manifest.artifacts
    ]
