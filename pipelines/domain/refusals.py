"""Refusals: why a file is not footage that can be taken."""

from __future__ import annotations

from pipelines.domain.model import Finding, Refusal


def refuse(code: str, actual: str = "", expected: str = "") -> Refusal:
    """A refusal with one finding of severity `reject`."""
    return Refusal("refusal", Finding(code, "reject", expected, actual))
