"""Build refusals, which say why a file can't be taken as footage."""

from __future__ import annotations

from pipelines.domain.model import Finding, Refusal


def refuse(code: str, actual: str = "", expected: str = "") -> Refusal:
    """Return a refusal with one finding of severity `reject`."""
    return Refusal("refusal", Finding(code, "reject", expected, actual))
