"""Remove outputs without a manifest, which workers left when they were stopped while they published.

They are found without listing the whole store: a lease that was not released as done names their original and recipe.
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
    """Remove the unfinished publications whose leases ended more than `limit` seconds ago."""
    for name in context.ledger.leases.left(RECIPES, limit):
        try:
            with leased(context.ledger.leases, name, context.holder):  # no worker publishes it meanwhile
                _clear(context, name)
        except Busy:
            continue  # a worker is making it


def _clear(context: WorkContext, name: str) -> None:
    original, recipe = recipe_of(name)
    found = [blob.key for blob in context.store.list(publications_of(original)) if f"/{recipe}/" in blob.key]
    if found and not any(is_manifest(key) for key in found):
        for key in found:
            context.store.delete(key)
        log.info("parts of a publication without a manifest removed", extra={"recipe": recipe, "count": len(found)})
