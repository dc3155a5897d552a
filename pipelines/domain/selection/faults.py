"""Name, in Chinese, what is wrong with the pictures of a film of which nothing can be chosen."""

from __future__ import annotations

from collections.abc import Callable

from pipelines.domain.model import Analysis, Sample
from pipelines.domain.selection.ranking import is_black, is_blurred, is_covered, is_dim, is_shaken

_FAULTS: tuple[tuple[str, Callable[[Sample], bool]], ...] = (
    ("画面全黑", is_black),
    ("画面过暗", is_dim),
    ("镜头可能被遮挡", is_covered),
    ("画面失焦", is_blurred),
    ("画面晃动", is_shaken),
)
_SHARE = 0.1  # of the samples; rarer faults are not told


def faults_of(analysis: Analysis) -> tuple[str, ...]:
    """Return the faults that a tenth of the samples or more have, the first that fits each sample."""
    found = [next((name for name, fits in _FAULTS if fits(sample)), "") for sample in analysis.samples]
    return tuple(name for name, _ in _FAULTS if found.count(name) >= len(found) * _SHARE)
