"""The names of leases, written and read in one place."""

from __future__ import annotations

JOBS, RECIPES, WORKERS = "job:", "recipe:", "worker:"  # prefixes
SWEEPER, WEBHOOK_SENDER = "sweeper", "webhook_sender"  # of which one is at work in the whole house

_LONGEST = 120  # characters, as the ledger's column has it
_ORIGINAL = 32  # digits of the SHA-256 in a recipe's lease


def job_lease(job_id: str) -> str:
    """Return the name of the lease a job is run under."""
    return f"{JOBS}{job_id}"


def recipe_lease(original: str, recipe: str) -> str:
    """Return the name of the lease a publication is made under: two submissions of one file render it once."""
    return f"{RECIPES}{original[:_ORIGINAL]}:{recipe}"


def recipe_of(lease: str) -> tuple[str, str]:
    """Return the beginning of the original's SHA-256 and the recipe that such a name holds."""
    original, recipe = lease.removeprefix(RECIPES).split(":")
    return original, recipe


def worker_lease(holder: str) -> str:
    """Return the name under which a worker shows that it is alive."""
    return f"{WORKERS}{holder}"[-_LONGEST:]
