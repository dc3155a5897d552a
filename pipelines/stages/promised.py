"""Outputs that were rendered for a derived publication, and are still to be verified."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.domain.model import Finding, Output


@dataclass(frozen=True, slots=True)
class Promised:
    """Files that lie in the scratch folder under these outputs' names, and what was noticed on the way."""

    outputs: tuple[Output, ...]
    findings: tuple[Finding, ...] = ()
