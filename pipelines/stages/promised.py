"""Define the outputs that were rendered for a derived publication and are still to be verified."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.domain.model import Finding, Output


@dataclass(frozen=True, slots=True)
class Promised:
    """The outputs whose files are in the scratch folder under their names, and the findings made on the way."""

    outputs: tuple[Output, ...]
    findings: tuple[Finding, ...] = ()
