"""Compose and parse the names of leases."""

from __future__ import annotations

JOBS, RECIPES, WORKERS = "job:", "recipe:", "worker:"  # prefixes
SWEEPER, WEBHOOK_SENDER = "sweeper", "webhook_sender"  # one of each runs in an installation

_LONGEST = 120  # characters; the width of the ledger's column
_ORIGINAL = 32  # digits of the SHA-256 in the name of a recipe's lease


def job_lease(job_id: str) -> str:
    """Return the name of the lease under which a job is run."""
    return f"{JOBS}{job_id}"


def recipe_lease(original: str, recipe: str) -> str:
    """Return the name of the lease under which a publication is made, so that two submissions of a file render it once.

    `original` is the SHA-256 of the file.
    """
    return f"{RECIPES}{original[:_ORIGINAL]}:{recipe}"


def recipe_of(lease: str) -> tuple[str, str]:
    """Return the first 32 digits of the original's SHA-256 and the recipe from the name of a recipe's lease."""
    original, recipe = lease.removeprefix(RECIPES).split(":")
    return original, recipe


def worker_lease(holder: str) -> str:
    """Return the name of the lease that shows that a worker is alive."""
    return f"{WORKERS}{holder}"[-_LONGEST:]
