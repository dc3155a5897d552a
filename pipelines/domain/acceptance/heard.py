"""Find what only picture and sound together show: people who can't be heard."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.domain.model import Analysis, Finding
from pipelines.domain.selection.ranking import is_presenter

_SILENT = -60.0  # LKFS, momentary; a quiet room is louder
_MOST, _SEEN = 0.5, 5  # of the film; seconds


def heard_findings(analysis: Analysis) -> Iterator[Finding]:
    """Yield a finding where over half of a film is silent although a presenter is in the picture meanwhile.

    A film that is silent throughout has a finding of its own.
    """
    silent = [sample for sample in analysis.samples if sample.loudness <= _SILENT]
    share = len(silent) / len(analysis.samples)
    seen = sum(map(is_presenter, silent)) * analysis.step
    if _MOST < share < 1 and seen >= _SEEN:
        yield Finding("mostly-silent", "warning", actual=f"{share:.0%}")
