"""Outputs without a manifest, left by workers that were stopped while they published: after a time, nobody's.

They are found without looking through the store: a lease that was not given back by a worker who was done shows where.
"""

from __future__ import annotations

import logging

from pipelines.errors import Busy
from pipelines.keys import is_manifest, publications_of
from pipelines.scheduling.leases import held
from pipelines.scheduling.place import Place

log = logging.getLogger("footage")


def clear_orphans(place: Place, limit: float) -> None:
    """Remove what was left more than `limit` seconds ago by whoever did not finish."""
    for name in place.ledger.leases.left("recipe:", limit):
        try:
            with held(place.ledger.leases, name, place.holder):  # nobody publishes it meanwhile
                _clear(place, name)
        except Busy:
            continue  # being made just now


def _clear(place: Place, name: str) -> None:
    _, original, recipe = name.split(":")
    found = [blob.key for blob in place.store.list(publications_of(original)) if f"/{recipe}/" in blob.key]
    if found and not any(is_manifest(key) for key in found):
        for key in found:
            place.store.delete(key)
        log.info("parts of a publication without a manifest removed", extra={"recipe": recipe, "count": len(found)})
