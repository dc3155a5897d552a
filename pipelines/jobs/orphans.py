"""Outputs without a manifest, left by workers that were stopped while they published: after a time, nobody's.

They are found without looking through the store: a lease that was not given back by a worker who was done shows where.
"""

from __future__ import annotations

import logging

from pipelines.domain.errors import Busy
from pipelines.domain.keys import is_manifest, publications_of
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.leases import leased
from storage.lease_names import RECIPES, recipe_of

log = logging.getLogger("footage")


def clear_orphans(context: WorkContext, limit: float) -> None:
    """Remove what was left more than `limit` seconds ago by whoever did not finish."""
    for name in context.ledger.leases.left(RECIPES, limit):
        try:
            with leased(context.ledger.leases, name, context.holder):  # nobody publishes it meanwhile
                _clear(context, name)
        except Busy:
            continue  # being made just now


def _clear(context: WorkContext, name: str) -> None:
    original, recipe = recipe_of(name)
    found = [blob.key for blob in context.store.list(publications_of(original)) if f"/{recipe}/" in blob.key]
    if found and not any(is_manifest(key) for key in found):
        for key in found:
            context.store.delete(key)
        log.info("parts of a publication without a manifest removed", extra={"recipe": recipe, "count": len(found)})
