"""Artifacts and manifest → the store, the manifest last: until it is there, nothing is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import TypeAdapter

from pipelines.keys import manifest_key, output_key
from pipelines.model import Manifest
from storage.base import NotFound, Store

MANIFEST: TypeAdapter[Manifest] = TypeAdapter(Manifest)


def publish(
    store: Store, manifest: Manifest, folder: Path, alive: Callable[[], None], fence: Callable[[], None]
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
            store.put(key, folder / artifact.name, media_type=artifact.media_type)
    path = folder / "manifest.json"
    path.write_bytes(MANIFEST.dump_json(manifest, indent=2))
    fence()
    return store.put(manifest_key(original, recipe), path, media_type="application/json", if_absent=True)


def read_manifest(store: Store, key: str, folder: Path) -> Manifest | None:
    """The manifest under `key`, or None: then nothing is published there."""
    path = folder / "manifest-read.json"
    try:
        store.get(key, path)
    except NotFound:
        return None
    return MANIFEST.validate_json(path.read_bytes())
